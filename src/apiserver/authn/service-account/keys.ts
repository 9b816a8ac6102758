import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** A key that tokens may be signed with; `kid` is how tokens name it. */
export interface VerificationKey {
  readonly kid: string
  readonly algorithm: 'RS256' | 'ES256'
  readonly publicKey: KeyObject
}

/**
 * @param pem a public key, a certificate or a private key (of which the public half is taken)
 * @throws {Error} for anything but RSA and EC P-256
 */
export function verificationKey(pem: string): VerificationKey {
  const publicKey = createPublicKey(pem)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return { kid: createHash('sha256').update(der).digest('base64url'), algorithm: algorithmOf(publicKey), publicKey }
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject
}

export function signingKey(pem: string): SigningKey {
  return { ...verificationKey(pem), privateKey: createPrivateKey(pem) }
}

function algorithmOf(key: KeyObject): 'RS256' | 'ES256' {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  throw new Error(`service account keys must be RSA or EC P-256, not ${key.asymmetricKeyType}`)
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
