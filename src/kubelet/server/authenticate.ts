// Who may use the kubelet API: client certificates of the cluster's CA, or tokens that the API server vouches for; what they may
// do is the API server's decision too. Source: Kubernetes 1.36 pkg/kubelet/server/auth.go.

import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { TokenReview } from '../../api/authentication/v1.ts'
import type { SubjectAccessReview } from '../../api/authorization/v1.ts'
import { subjectAccessReviews, tokenReviews } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { Clock } from '../../util/clock.ts'
import { ExpiringCache } from '../../util/expiring-cache.ts'
import { RequestError } from './log-request.ts'

export interface User {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Upstream's cache times: tokens 2 minutes; allowed 5 minutes, refused 30 seconds. */
const tokenMs = 120_000
const allowedMs = 300_000
const refusedMs = 30_000
const entriesMax = 1_000
/** Questions about tokens that wait for the API server: whoever floods the kubelet with made-up ones does not fill its memory (CVE-2020-8551). */
const reviewsMax = 100

/** In a box: refusals (undefined) are kept, too. */
interface Cached<T> {
  readonly value: T
}

export class Gate {
  readonly #client: Pick<Client, 'create'>
  readonly #nodeName: string
  #reviews = 0
  readonly #tokens: ExpiringCache<Cached<User | undefined>>
  readonly #decisions: ExpiringCache<Cached<boolean>>

  constructor({ client, clock, nodeName }: { readonly client: Pick<Client, 'create'>; readonly clock: Clock; readonly nodeName: string }) {
    this.#client = client
    // How long it has been, whatever somebody sets the clock to.
    const options = { entriesMax, clock: { now: () => clock.monotonic() } }
    this.#tokens = new ExpiringCache(options)
    this.#decisions = new ExpiringCache(options)
    this.#nodeName = nodeName
  }

  /** Undefined: 401. @throws {RequestError} 429 */
  async authenticate(request: IncomingMessage): Promise<User | undefined> {
    const fromCertificate = certificateUser(request.socket as TLSSocket)
    if (fromCertificate) return fromCertificate
    const [scheme, token] = (request.headers.authorization ?? '').split(' ')
    if (scheme?.toLowerCase() !== 'bearer' || !token) return undefined
    return cached(
      this.#tokens,
      createHash('sha256').update(token).digest('base64'),
      () => this.#review(token),
      () => tokenMs,
    )
  }

  async authorize(user: User, method: string, path: string): Promise<boolean> {
    const verb = verbs[method] ?? method.toLowerCase()
    // The broad permission first: it is what the API server itself has.
    for (const subresource of subresourcesOf(path)) {
      const key = JSON.stringify([user, verb, subresource])
      const allowed = await cached(
        this.#decisions,
        key,
        () => this.#decide(user, verb, subresource),
        (ok) => (ok ? allowedMs : refusedMs),
      )
      if (allowed) return true
    }
    return false
  }

  async #review(token: string): Promise<User | undefined> {
    if (this.#reviews >= reviewsMax) throw new RequestError(429, 'Too Many Requests')
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

  async #decide({ name, groups, uid, extra }: User, verb: string, subresource: string): Promise<boolean> {
    const spec = {
      user: name,
      groups,
      ...(uid ? { uid } : {}),
      ...(extra ? { extra } : {}),
      resourceAttributes: { version: 'v1', verb, resource: 'nodes', subresource, name: this.#nodeName },
    }
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

const verbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/** `nodes/<subresource>` for a path, the finer one first where there is one (KubeletFineGrainedAuthz). */
export function subresourcesOf(path: string): readonly string[] {
  const under = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`)
  if (under('/stats')) return ['stats']
  if (under('/metrics')) return ['metrics']
  if (under('/logs')) return ['log']
  if (under('/checkpoint')) return ['checkpoint']
  if (under('/healthz')) return ['healthz', 'proxy']
  if (under('/configz')) return ['configz', 'proxy']
  if (under('/pods') || under('/runningpods')) return ['pods', 'proxy']
  return ['proxy']
}

function certificateUser(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined
  const { subject } = socket.getPeerCertificate()
  if (!subject?.CN) return undefined
  const { CN, O } = subject as { CN: string; O?: string | string[] }
  return { name: CN, groups: [...(O === undefined ? [] : Array.isArray(O) ? O : [O]), 'system:authenticated'] }
}
