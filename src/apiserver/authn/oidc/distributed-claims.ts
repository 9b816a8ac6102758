// Groups that a token does not hold but says where to fetch (OpenID Connect Core 1.0, section 5.6.2): a source gives another token, signed by
// an issuer of its own, that holds them. Source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go (claimResolver).
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { HttpsClient } from '../../webhook/https-client.ts'
import { parseJwt } from '../jwt.ts'
import type { Claims } from './claims.ts'
import { Verifier, type VerifierOptions } from './verifier.ts'

type ResolverOptions = Omit<VerifierOptions, 'issuer' | 'discoveryUrl' | 'https'> & { readonly https: Pick<HttpsClient, 'send'>; readonly claim: string }

/** Issuers of sources that are remembered; each is named by a token that a trusted issuer has signed. */
const issuersMax = 16

export class DistributedClaims {
  readonly #options: ResolverOptions
  readonly #verifiers = new Map<string, Verifier>()

  constructor(options: ResolverOptions) {
    this.#options = options
  }

  /** @returns the claims, with the one that was elsewhere. @throws {Error} when it cannot be had */
  async expand(claims: Claims): Promise<Claims> {
    const { claim } = this.#options
    if (Object.hasOwn(claims, claim)) return claims
    const source = sourceOf(claims, claim)
    return source ? { ...claims, [claim]: await this.#resolve(source) } : claims
  }

  close(): void {
    for (const verifier of this.#verifiers.values()) verifier.close()
    this.#verifiers.clear()
  }

  async #resolve({ endpoint, accessToken }: Source): Promise<unknown> {
    const { claim, https } = this.#options
    const headers = accessToken ? { authorization: `Bearer ${accessToken}` } : {}
    const { status, body } = await https.send({ method: 'GET', url: endpoint, headers })
    if (status < 200 || status > 226) throw new Error(`while getting distributed claim ${goQuote(claim)}: error while getting distributed claim JWT: ${status}`)
    const jwt = parseJwt(body.trim())
    const issuer = jwt?.payload['iss']
    if (!jwt || typeof issuer !== 'string') throw new Error(`getting untrusted issuer from endpoint ${endpoint} failed for claim ${goQuote(claim)}`)
    const verifier = this.#verifierOf(issuer)
    await verifier.attempted
    await verifier.verify(jwt)
    if (!Object.hasOwn(jwt.payload, claim)) throw new Error(`jwt returned by distributed claim endpoint ${goQuote(endpoint)} did not contain claim: ${claim}`)
    return jwt.payload[claim]
  }

  #verifierOf(issuer: string): Verifier {
    const known = this.#verifiers.get(issuer)
    if (known) return known
    if (this.#verifiers.size >= issuersMax) throw new Error(`more than ${issuersMax} issuers of distributed claims`)
    const made = new Verifier({ ...this.#options, issuer })
    this.#verifiers.set(issuer, made)
    return made
  }
}

interface Source {
  readonly endpoint: string
  readonly accessToken: string
}

/** @returns undefined when the token does not say where the claim is. @throws {Error} for a token that says so in a wrong way */
function sourceOf(claims: Claims, claim: string): Source | undefined {
  if (!Object.hasOwn(claims, '_claim_names')) return undefined
  const name = member(claims['_claim_names'], claim)
  if (!Object.hasOwn(claims, '_claim_sources')) throw new Error('oidc: no claim sources')
  if (typeof name !== 'string') return undefined
  const source = member(claims['_claim_sources'], name)
  if (source === undefined) throw new Error(`id token _claim_names contained a source ${name} missing in _claims_sources`)
  const endpoint = member(source, 'endpoint')
  const accessToken = member(source, 'access_token')
  // Perhaps an aggregated claim, which upstream does not read either.
  if (typeof endpoint !== 'string' || endpoint === '') return undefined
  return { endpoint, accessToken: typeof accessToken === 'string' ? accessToken : '' }
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Claims)[name] : undefined
