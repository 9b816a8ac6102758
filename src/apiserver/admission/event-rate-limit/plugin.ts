// No more events than a rate allows: of the server, a namespace, a user, or a source with an object. A refused event still counts
// against the limits that would have let it pass. Source: plugin/pkg/admission/eventratelimit/{admission,limitenforcer}.go.
import type { Event } from '../../../api/core/v1.ts'
import { ApiError } from '../../../apimachinery/api-error.ts'
import type { Clock } from '../../../util/clock.ts'
import { TokenBucket } from '../../../util/token-bucket.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns } from '../refuse.ts'
import type { Limit, LimitType } from './configuration.ts'

const cacheSizeDefault = 4096

function sourceAndObject({ source, involvedObject: about }: Event): string {
  const { kind = '', namespace = '', name = '', uid = '', apiVersion = '' } = about ?? {}
  return [source?.component ?? '', source?.host ?? '', kind, namespace, name, uid, apiVersion].join('')
}

const keys: { readonly [T in LimitType]: (attributes: ValidatingAttributes) => string } = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject: ({ object }) => sourceAndObject(object as Event),
}

/** One limit: a bucket for each key, of which the least recently used is forgotten. */
class Enforcer {
  readonly #limit: Limit
  readonly #clock: Clock
  /** Least recently used first. At most `cacheSize`. */
  readonly #buckets = new Map<string, TokenBucket>()

  constructor(limit: Limit, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
  }

  /** @returns why the event is refused */
  refusal(attributes: ValidatingAttributes): string | undefined {
    const { type } = this.#limit
    const key = keys[type](attributes)
    return this.#bucket(key).tryTake() ? undefined : `limit reached on type ${type} for key ${key}`
  }

  #bucket(key: string): TokenBucket {
    const { qps, burst, cacheSize } = this.#limit
    const bucket = this.#buckets.get(key) ?? new TokenBucket({ perSecond: qps, burst, clock: this.#clock })
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > (cacheSize || cacheSizeDefault)) this.#buckets.delete(this.#buckets.keys().next().value!)
    return bucket
  }
}

export function newEventRateLimit(limits: readonly Limit[], clock: Clock): AdmissionPlugin {
  const enforcers = limits.map((limit) => new Enforcer(limit, clock))
  return {
    name: 'EventRateLimit',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(attributes) {
      if (!concerns(attributes, 'events')) return
      // Each limit counts the event, also after another one has refused it; the last refusal is told.
      const refusals = enforcers.flatMap((enforcer) => enforcer.refusal(attributes) ?? [])
      if (refusals.length) throw new ApiError('TooManyRequests', `Too many requests: ${refusals.at(-1)!}`)
    },
  }
}
