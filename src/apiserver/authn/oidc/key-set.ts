// The keys of an issuer, fetched when first needed and again when a token names a key that is not among them: issuers rotate their keys.
// Source: github.com/coreos/go-oidc jwks.go.
import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import type { Clock } from '../../../util/clock.ts'
import type { HttpsClient } from '../../webhook/https-client.ts'
import { isSignedBy, type JwsAlgorithm } from '../jws.ts'
import type { Jwt } from '../jwt.ts'

interface IssuerKey {
  readonly kid: string | undefined
  readonly publicKey: KeyObject
}

interface KeySetOptions {
  readonly url: string
  readonly https: Pick<HttpsClient, 'send'>
  readonly clock: Pick<Clock, 'now'>
}

/** Anybody can send tokens with key names of his own: no more fetches than so many a minute are made for them. */
const fetchesPerMinuteMax = 10
const minuteMs = 60_000

export class KeySet {
  readonly #options: KeySetOptions
  #keys: readonly IssuerKey[] = []
  #fetching: Promise<readonly IssuerKey[]> | undefined
  #fetchedAtMs: number[] = []

  constructor(options: KeySetOptions) {
    this.#options = options
  }

  /** @throws {Error} when no key has signed the token, or the keys could not be fetched */
  async verify(jwt: Jwt, algorithm: JwsAlgorithm): Promise<void> {
    if (isSignedByAny(jwt, algorithm, this.#keys)) return
    if (!this.#mayFetch()) throw new Error('failed to verify id token signature')
    if (!isSignedByAny(jwt, algorithm, await this.#fetch())) throw new Error('failed to verify id token signature')
  }

  /** A fetch under way may be shared by everybody. */
  #mayFetch(): boolean {
    const now = this.#options.clock.now()
    this.#fetchedAtMs = this.#fetchedAtMs.filter((at) => at > now - minuteMs)
    return this.#fetching !== undefined || this.#fetchedAtMs.length < fetchesPerMinuteMax
  }

  #fetch(): Promise<readonly IssuerKey[]> {
    this.#fetching ??= this.#load().finally(() => (this.#fetching = undefined))
    return this.#fetching
  }

  async #load(): Promise<readonly IssuerKey[]> {
    const { url, https, clock } = this.#options
    this.#fetchedAtMs.push(clock.now())
    const { status, body } = await https.send({ method: 'GET', url })
    if (status !== 200) throw new Error(`oidc: get keys failed: ${status}`)
    this.#keys = parseKeys(body)
    return this.#keys
  }
}

/** A token that names a key is checked with keys of that name only. */
function isSignedByAny(jwt: Jwt, algorithm: JwsAlgorithm, keys: readonly IssuerKey[]): boolean {
  const { kid } = jwt.header
  return keys.some((key) => (kid === undefined || kid === '' || key.kid === kid) && isSignedBy(jwt, algorithm, key.publicKey))
}

/** Keys of kinds that we do not know are none for us. @throws {Error} for what is no key set */
function parseKeys(body: string): readonly IssuerKey[] {
  const { keys } = JSON.parse(body) as { readonly keys?: unknown }
  if (!Array.isArray(keys)) throw new Error('oidc: failed to decode keys')
  return keys.flatMap((jwk: JsonWebKeyInput['key'] & { readonly kid?: unknown; readonly use?: unknown }): readonly IssuerKey[] => {
    try {
      if (jwk.use !== undefined && jwk.use !== 'sig') return []
      return [{ kid: typeof jwk.kid === 'string' ? jwk.kid : undefined, publicKey: createPublicKey({ key: jwk, format: 'jwk' }) }]
    } catch {
      return [] // no object, or symmetric, or of an unknown curve
    }
  })
}
