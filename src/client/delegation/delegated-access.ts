// Who may use a component's own port: the API server vouches for tokens, and decides what their users may do.
// Source: Kubernetes 1.36 k8s.io/apiserver pkg/authentication/token/webhook, pkg/authorization/webhook, pkg/kubelet/server/auth.go.
import { createHash } from 'node:crypto'
import type { TokenReview } from '../../api/authentication/v1.ts'
import type { SubjectAccessReview, SubjectAccessReviewSpec } from '../../api/authorization/v1.ts'
import { subjectAccessReviews, tokenReviews } from '../../api/resources.ts'
import type { Clock } from '../../util/clock.ts'
import { ExpiringCache } from '../../util/expiring-cache.ts'
import type { Client } from '../client.ts'

export interface User {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What is to be done: to a resource, or at a path that is none. */
export type AccessAttributes = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>

/** The kubelet's cache times upstream: tokens 2 minutes; allowed 5 minutes, refused 30 seconds. */
const tokenMs = 120_000
const allowedMs = 300_000
const refusedMs = 30_000
const entriesMax = 1_000
/** Questions about tokens that wait for the API server: whoever floods a component with made-up ones does not fill its memory (CVE-2020-8551). */
const reviewsMax = 100

/** So many tokens are being asked about that one more has to wait. */
export class TooManyReviewsError extends Error {
  override readonly name = 'TooManyReviewsError'

  constructor() {
    super('Too Many Requests')
  }
}

/** In a box: refusals (undefined) are kept, too. */
interface Cached<T> {
  readonly value: T
}

export class DelegatedAccess {
  readonly #client: Pick<Client, 'create'>
  readonly #tokens: ExpiringCache<Cached<User | undefined>>
  readonly #decisions: ExpiringCache<Cached<boolean>>
  #reviews = 0

  constructor({ client, clock }: { readonly client: Pick<Client, 'create'>; readonly clock: Clock }) {
    this.#client = client
    // How long it has been, whatever somebody sets the clock to.
    const options = { entriesMax, clock: { now: () => clock.monotonic() } }
    this.#tokens = new ExpiringCache(options)
    this.#decisions = new ExpiringCache(options)
  }

  /** @param authorization the header. @returns undefined: 401. @throws {TooManyReviewsError}, {ApiError} when the API server cannot be asked */
  async authenticate(authorization: string | undefined): Promise<User | undefined> {
    const [scheme, token] = (authorization ?? '').split(' ')
    if (scheme?.toLowerCase() !== 'bearer' || !token) return undefined
    return cached(
      this.#tokens,
      createHash('sha256').update(token).digest('base64'),
      () => this.#review(token),
      () => tokenMs,
    )
  }

  /** @throws {ApiError} when the API server cannot be asked */
  authorize(user: User, attributes: AccessAttributes): Promise<boolean> {
    return cached(
      this.#decisions,
      JSON.stringify([user, attributes]),
      () => this.#decide(user, attributes),
      (ok) => (ok ? allowedMs : refusedMs),
    )
  }

  async #review(token: string): Promise<User | undefined> {
    if (this.#reviews >= reviewsMax) throw new TooManyReviewsError()
    this.#reviews++
    try {
      return await this.#ask(token)
    } finally {
      this.#reviews--
    }
  }

  async #ask(token: string): Promise<User | undefined> {
    const body = { apiVersion: 'authentication.k8s.io/v1' as const, kind: 'TokenReview' as const, metadata: {}, spec: { token } }
    const { status } = await this.#client.create<TokenReview>(tokenReviews, body)
    if (!status?.authenticated) return undefined
    const { username = '', groups = [], uid, extra } = status.user ?? {}
    return { name: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }
  }

  async #decide({ name, groups, uid, extra }: User, attributes: AccessAttributes): Promise<boolean> {
    const spec = { user: name, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}), ...attributes }
    const body = { apiVersion: 'authorization.k8s.io/v1' as const, kind: 'SubjectAccessReview' as const, metadata: {}, spec }
    const { status } = await this.#client.create<SubjectAccessReview>(subjectAccessReviews, body)
    return status?.allowed ?? false
  }
}

async function cached<T>(cache: ExpiringCache<Cached<T>>, key: string, load: () => Promise<T>, lifeMs: (value: T) => number): Promise<T> {
  const known = cache.get(key)
  if (known) return known.value
  const value = await load()
  cache.set(key, { value }, lifeMs(value))
  return value
}
