import { type JwsKey, jwsKey, type JwsSigningKey } from '../../../pki/jws-key.ts'
import { isSignedBy } from '../jws.ts'
import type { Jwt } from '../jwt.ts'

/** A key that tokens are checked with. */
export type VerificationKey = JwsKey
export type SigningKey = JwsSigningKey

/** All keys of a file. @throws {Error} for one that holds none, or one that cannot be used */
export function verificationKeys(text: string): readonly VerificationKey[] {
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? []
  const keys = blocks.filter((block) => !block.includes('EC PARAMETERS')).map(jwsKey)
  if (keys.length === 0) throw new Error('data does not contain any valid RSA or ECDSA public keys')
  return keys
}

/** Each key once: the public half of the signing key is often given among those to verify with. */
export const distinctKeys = (keys: readonly VerificationKey[]): readonly VerificationKey[] => [...new Map(keys.map((key) => [key.kid, key])).values()]

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
