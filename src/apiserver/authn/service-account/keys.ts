import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { isSignedBy, type JwsAlgorithm } from '../jws.ts'
import type { Jwt } from '../jwt.ts'

/** A key that tokens may be signed with; `kid` is how tokens name it. */
export interface VerificationKey {
  readonly kid: string
  readonly algorithm: JwsAlgorithm
  readonly publicKey: KeyObject
}

/**
 * @param pem a public key, a certificate or a private key (of which the public half is taken)
 * @throws {Error} for anything but RSA and EC P-256, P-384, P-521
 */
export function verificationKey(pem: string): VerificationKey {
  const publicKey = createPublicKey(pem)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return { kid: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(publicKey), publicKey }
}

/** All keys of a file. @throws {Error} for one that holds none, or one that cannot be used */
export function verificationKeys(text: string): readonly VerificationKey[] {
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? []
  const keys = blocks.filter((block) => !block.includes('EC PARAMETERS')).map(verificationKey)
  if (keys.length === 0) throw new Error('data does not contain any valid RSA or ECDSA public keys')
  return keys
}

/** Each key once: the public half of the signing key is often given among those to verify with. */
export const distinctKeys = (keys: readonly VerificationKey[]): readonly VerificationKey[] => [...new Map(keys.map((key) => [key.kid, key])).values()]

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject
}

export function signingKey(pem: string): SigningKey {
  return { ...verificationKey(pem), privateKey: createPrivateKey(pem) }
}

const curves: ReadonlyMap<string | undefined, JwsAlgorithm> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
])

function algorithmOf(key: KeyObject): JwsAlgorithm {
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'RS256' : curves.get(key.asymmetricKeyDetails?.namedCurve)
  if (algorithm) return algorithm
  throw new Error(`service account keys must be RSA or EC P-256, P-384 or P-521, not ${key.asymmetricKeyType}`)
}

/**
 * Whether one of the keys has signed the token. The algorithm is the key's and never the token's to choose: no `none`, no HMAC with a
 * public key. A token that names a key is checked with that key only.
 */
export function isSignedByOne(jwt: Jwt, keys: readonly VerificationKey[]): boolean {
  const { alg, kid } = jwt.header
  return keys
    .filter((key) => key.algorithm === alg && (kid === undefined || kid === '' || key.kid === kid))
    .some(({ algorithm, publicKey }) => isSignedBy(jwt, algorithm, publicKey))
}

/** The public keys as relying parties fetch them from /openid/v1/jwks. */
export function jsonWebKeySet(keys: readonly VerificationKey[]): object {
  return {
    keys: keys.map(({ kid, algorithm, publicKey }) => ({ use: 'sig', kid, alg: algorithm, ...publicKey.export({ format: 'jwk' }) })),
  }
}

/** The discovery document of /.well-known/openid-configuration. */
export function openidConfiguration(issuer: string, jwksUri: string, keys: readonly VerificationKey[]): object {
  return {
    issuer,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(keys.map((k) => k.algorithm))],
  }
}
