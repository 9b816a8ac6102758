import type { TokenRequest } from '../../api/authentication/v1.ts'
import type { Pod, ServiceAccountTokenProjection } from '../../api/core/v1.ts'
import { serviceAccounts } from '../../api/resources.ts'
import type { Subresources } from '../../client/client.ts'
import type { Clock } from '../../util/clock.ts'

/** A token is replaced after 80 % of its life, and at least daily. Upstream's maxTTL. */
const ageMsMax = 24 * 3600_000
const lifeShare = 0.8
const expirationSecondsDefault = 3600

interface Token {
  readonly value: string
  readonly expiresAtMs: number
  readonly refreshAtMs: number
}

/** Bound tokens for pods, by TokenRequest. Kept in memory only. */
export class ServiceAccountTokens {
  readonly #client: Pick<Subresources, 'createSubresource'>
  readonly #clock: Clock
  /** By pod uid, then by audience and lifetime. */
  readonly #tokens = new Map<string, Map<string, Token>>()

  constructor(client: Pick<Subresources, 'createSubresource'>, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** The token to show now. An old one still serves while a new one cannot be had, until it expires. */
  async get(pod: Pod, { audience = '', expirationSeconds = expirationSecondsDefault }: ServiceAccountTokenProjection): Promise<string> {
    const { uid } = pod.metadata
    const key = `${audience}/${expirationSeconds}`
    const known = this.#tokens.get(uid)?.get(key)
    const now = this.#clock.now()
    if (known && now < known.refreshAtMs) return known.value
    try {
      const token = await this.#request(pod, audience, expirationSeconds)
      if (!this.#tokens.has(uid)) this.#tokens.set(uid, new Map())
      this.#tokens.get(uid)!.set(key, token)
      return token.value
    } catch (error) {
      if (known && now < known.expiresAtMs) return known.value
      throw error
    }
  }

  forget(podUid: string): void {
    this.#tokens.delete(podUid)
  }

  async #request(pod: Pod, audience: string, expirationSeconds: number): Promise<Token> {
    const { name, namespace, uid } = pod.metadata
    const spec: TokenRequest['spec'] = {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    }
    const account = { namespace, name: pod.spec.serviceAccountName || 'default' }
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec }
    const { status } = await this.#client.createSubresource<TokenRequest>(serviceAccounts, account, 'token', body)
    const now = this.#clock.now()
    const expiresAtMs = Date.parse(status?.expirationTimestamp ?? '') || now + expirationSeconds * 1000
    const refreshAtMs = Math.min(now + (expiresAtMs - now) * lifeShare, now + ageMsMax)
    return { value: status?.token ?? '', expiresAtMs, refreshAtMs }
  }
}
