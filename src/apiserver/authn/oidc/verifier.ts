// Whether a token is what an issuer has signed for one of our audiences, and still good. The issuer may come up later than this server
// (it may run on this very cluster): discovery is tried until it works, and nobody waits for it.
// Source: github.com/coreos/go-oidc oidc.go, verify.go; k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go.
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Logger } from '../../../component-base/logger.ts'
import type { Clock, Timer } from '../../../util/clock.ts'
import type { HttpsClient } from '../../webhook/https-client.ts'
import { isJwsAlgorithm, type JwsAlgorithm } from '../jws.ts'
import type { Jwt } from '../jwt.ts'
import { KeySet } from './key-set.ts'

export interface VerifierOptions {
  readonly issuer: string
  readonly discoveryUrl?: string
  readonly audiences: readonly string[]
  readonly signingAlgorithms: readonly JwsAlgorithm[]
  readonly https: Pick<HttpsClient, 'send'>
  readonly clock: Clock
  readonly logger: Logger
}

/** Upstream's interval between attempts. */
const discoveryRetryMs = 10_000
/** go-oidc's allowance for clocks that differ. */
const notBeforeLeewayMs = 60_000

export class Verifier {
  readonly #options: VerifierOptions
  #keys: KeySet | undefined
  #retry: Timer | undefined
  #closed = false
  /** Resolves after the first attempt at discovery, whatever came of it. */
  readonly attempted: Promise<void>

  constructor(options: VerifierOptions) {
    this.#options = options
    this.attempted = this.#initialize()
  }

  /**
   * @param jwt whose `iss` is this issuer
   * @throws {Error} saying why the token is not believed
   */
  async verify({ payload, header, ...rest }: Jwt): Promise<void> {
    const { issuer, audiences, signingAlgorithms, clock } = this.#options
    if (!this.#keys) throw new Error(`oidc: authenticator for issuer ${goQuote(issuer)} is not initialized`)
    const own = typeof payload['aud'] === 'string' ? [payload['aud']] : Array.isArray(payload['aud']) ? (payload['aud'] as readonly unknown[]) : []
    if (!audiences.some((audience) => own.includes(audience))) {
      throw new Error(`oidc: verify token: oidc: expected audience in ${goList(audiences.toSorted())} got ${goList(own.map(String))}`)
    }
    const nowMs = clock.now()
    const { exp, nbf } = payload
    if (typeof exp !== 'number' || nowMs > exp * 1000) throw new Error('oidc: verify token: oidc: token is expired')
    if (typeof nbf === 'number' && nowMs + notBeforeLeewayMs < nbf * 1000) {
      throw new Error('oidc: verify token: oidc: current time is before the nbf (not before) time')
    }
    const { alg } = header
    if (!isJwsAlgorithm(alg) || !signingAlgorithms.includes(alg)) {
      throw new Error(`oidc: verify token: oidc: id token signed with unsupported algorithm, expected ${goList(signingAlgorithms)} got ${goQuote(String(alg))}`)
    }
    try {
      await this.#keys.verify({ payload, header, ...rest }, alg)
    } catch (cause) {
      throw new Error(`oidc: verify token: ${(cause as Error).message}`, { cause })
    }
  }

  close(): void {
    this.#closed = true
    this.#retry?.cancel()
  }

  async #initialize(): Promise<void> {
    const { issuer, clock, logger, https } = this.#options
    try {
      this.#keys = new KeySet({ url: await this.#discover(), https, clock })
    } catch (error) {
      if (this.#closed) return
      logger.error('The OpenID issuer could not be discovered', error, { issuer })
      this.#retry = clock.after(discoveryRetryMs, () => void this.#initialize())
    }
  }

  /** @returns where the issuer's keys are. @throws {Error} */
  async #discover(): Promise<string> {
    const { issuer, discoveryUrl, https } = this.#options
    const { status, body } = await https.send({ method: 'GET', url: discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration` })
    if (status !== 200) throw new Error(`the discovery document was answered with ${status}`)
    const document = JSON.parse(body) as { readonly issuer?: unknown; readonly jwks_uri?: unknown }
    if (document.issuer !== issuer) {
      throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${goQuote(issuer)} got ${goQuote(String(document.issuer))}`)
    }
    if (typeof document.jwks_uri !== 'string') throw new Error('the discovery document names no jwks_uri')
    return document.jwks_uri
  }
}

const goList = (values: readonly string[]) => `[${values.map(goQuote).join(' ')}]`
