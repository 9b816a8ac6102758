// Keys that sign tokens (RFC 7515, 7518), as upstream's service account issuer names and uses them.
// Source: pkg/serviceaccount/jwt.go (keyIDFromPublicKey, signerFromRSAPrivateKey, signerFromECDSAPrivateKey).
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'

export type JwsKeyAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512'

/** A key that tokens may be signed with; `kid` is how tokens name it. */
export interface JwsKey {
  readonly kid: string
  readonly algorithm: JwsKeyAlgorithm
  readonly publicKey: KeyObject
}

export interface JwsSigningKey extends JwsKey {
  readonly privateKey: KeyObject
}

const curves: ReadonlyMap<string | undefined, JwsKeyAlgorithm> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
])
const digests = { RS256: 'sha256', ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' } as const

function algorithmOf(key: KeyObject): JwsKeyAlgorithm {
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'RS256' : curves.get(key.asymmetricKeyDetails?.namedCurve)
  if (algorithm) return algorithm
  throw new Error(`service account keys must be RSA or EC P-256, P-384 or P-521, not ${key.asymmetricKeyType}`)
}

/**
 * @param pem a public key, a certificate or a private key (of which the public half is taken)
 * @throws {Error} for anything but RSA and EC P-256, P-384, P-521
 */
export function jwsKey(pem: string): JwsKey {
  const publicKey = createPublicKey(pem)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return { kid: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(publicKey), publicKey }
}

/** @param pem a private key. @throws {Error} as {@link jwsKey} */
export const jwsSigningKey = (pem: string): JwsSigningKey => ({ ...jwsKey(pem), privateKey: createPrivateKey(pem) })

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A JWT of these claims. */
export function signClaims({ algorithm, kid, privateKey }: JwsSigningKey, claims: object): string {
  const signed = `${encode({ alg: algorithm, kid })}.${encode(claims)}`
  const signature = sign(digests[algorithm], Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
