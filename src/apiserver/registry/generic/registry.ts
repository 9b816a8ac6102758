// Every stored resource of the API and its store; versions that share one stored object share one store.
import type { Codec } from '../../../apimachinery/codec/codec.ts'
import { type ResourceFacts, resourceFacts } from '../../../api/resource-facts.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { Clock } from '../../../util/clock.ts'
import type { AdmissionPlugin } from '../../admission/admission.ts'
import type { EncryptionAtRest } from '../../encryption/encryption-at-rest.ts'
import type { Scope } from '../../endpoints/scope.ts'
import type { AdmissionObserver } from '../../metrics/admission-metrics.ts'
import { AdmissionChain } from './admission-chain.ts'
import type { Conversions } from './conversions.ts'
import { eventConversion } from './event-conversion.ts'
import { traitsReader } from './field-selectors.ts'
import { hasGenerationByDefault } from './generation.ts'
import { resourcePrefix } from './keys.ts'
import { LeasePool } from './lease-pool.ts'
import { ResourceStore } from './store.ts'
import type { Strategy } from './strategy.ts'

/** Upstream's --event-ttl. */
const eventTtlSecondsDefault = 3600

interface RegistryOptions {
  readonly storage: Storage
  /** How long Events live; default: an hour. */
  readonly eventTtlSeconds?: number
  readonly codec: Codec
  readonly clock: Clock
  /** `group/plural` (core: `pods`) -> rules. */
  readonly strategies: ReadonlyMap<string, Strategy>
  readonly admission: readonly AdmissionPlugin[]
  /** Resolves when what the plugins read can be read. */
  readonly admissionReady?: () => Promise<void>
  /** Without it admission is not measured. */
  readonly admissionObserver?: AdmissionObserver
  /** `group/version/plural` of versions that are not stored, beyond those of events. */
  readonly conversions?: Conversions
  readonly encryption?: Pick<EncryptionAtRest, 'storageFor'>
}

/** Resources stored in another group than the one they are served in as well. */
const storedElsewhere: ReadonlyMap<string, string> = new Map([['events.k8s.io/v1/events', 'v1/events']])

export class Registry {
  readonly #scopes = new Map<string, Scope>()
  readonly #stores = new Map<string, ResourceStore>()

  constructor(options: RegistryOptions) {
    const { clock, admissionReady: ready, admissionObserver: observer } = options
    const admission = new AdmissionChain(options.admission, { ready, clock, observer, scaleAccess: (resource) => options.strategies.get(resource)?.scale })
    const conversions: Conversions = new Map([['events.k8s.io/v1/events', eventConversion], ...(options.conversions ?? [])])
    for (const [id, facts] of resourceFacts) {
      if (facts.storageVersion === undefined) continue
      const storedId = storedVersionOf(id, facts, conversions)
      let store = this.#stores.get(storedId)
      if (!store) {
        store = newStore(options, admission, resourceFacts.get(storedId)!, storedId)
        this.#stores.set(storedId, store)
      }
      this.#scopes.set(id, { facts, store, conversion: id === storedId ? undefined : conversions.get(id) })
    }
  }

  /** @param id `group/version/plural`, core: `v1/pods` */
  facts(id: string): ResourceFacts | undefined {
    return resourceFacts.get(id)
  }

  /** undefined: not served, or never stored. @param id as of {@link facts} */
  scope(id: string): Scope | undefined {
    return this.#scopes.get(id)
  }

  /** @param id of the stored version */
  store(id: string): ResourceStore | undefined {
    return this.#scopes.get(id)?.store
  }

  get stores(): Iterable<ResourceStore> {
    return this.#stores.values()
  }

  /** Ends all watches. */
  stop(): void {
    for (const store of this.#stores.values()) store.cacher.stop()
  }
}

/** The version whose form is stored: the one that a conversion leads to, else the request's own. */
function storedVersionOf(id: string, facts: ResourceFacts, conversions: Conversions): string {
  const elsewhere = storedElsewhere.get(id)
  if (elsewhere) return elsewhere
  if (!conversions.has(id)) return id
  const siblings = [...resourceFacts].filter(([other, each]) => each.group === facts.group && each.plural === facts.plural && !conversions.has(other))
  return siblings[0]?.[0] ?? id
}

function newStore(options: RegistryOptions, admission: AdmissionChain, facts: ResourceFacts, id: string): ResourceStore {
  const strategy = options.strategies.get(facts.group ? `${facts.group}/${facts.plural}` : facts.plural)
  const { group, version, kind, plural, namespaced, type } = facts
  const encrypted = options.encryption?.storageFor({ group, resource: plural }, options.storage)
  return new ResourceStore({
    resource: {
      group,
      version,
      kind,
      plural,
      namespaced,
      type,
      counted: strategy?.hasGeneration ?? hasGenerationByDefault(facts),
      knownFinalizersOnly: true,
    },
    ...(strategy ? { strategy } : {}),
    prefix: resourcePrefix(facts),
    codec: options.codec,
    storage: encrypted ?? options.storage,
    ...(encrypted ? { isStale: (key: string) => encrypted.isStale(key) } : {}),
    admission,
    clock: options.clock,
    traitsOf: traitsReader(id, strategy),
    ...(id === 'v1/events' ? { leases: new LeasePool(options.storage, options.clock, options.eventTtlSeconds ?? eventTtlSecondsDefault) } : {}),
  })
}
