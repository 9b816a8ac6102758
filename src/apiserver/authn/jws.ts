// Signatures of tokens (RFC 7518, section 3). The algorithm is fixed by who checks; there is neither `none` nor HMAC, and a key of one kind
// never checks a signature of another.
import { constants, type KeyObject, verify } from 'node:crypto'
import type { Jwt } from './jwt.ts'

interface Facts {
  readonly digest: string
  readonly type: 'rsa' | 'ec'
  readonly curve?: string
  readonly pss?: true
}

const algorithms = {
  ES256: { digest: 'sha256', type: 'ec', curve: 'prime256v1' },
  ES384: { digest: 'sha384', type: 'ec', curve: 'secp384r1' },
  ES512: { digest: 'sha512', type: 'ec', curve: 'secp521r1' },
  PS256: { digest: 'sha256', type: 'rsa', pss: true },
  PS384: { digest: 'sha384', type: 'rsa', pss: true },
  PS512: { digest: 'sha512', type: 'rsa', pss: true },
  RS256: { digest: 'sha256', type: 'rsa' },
  RS384: { digest: 'sha384', type: 'rsa' },
  RS512: { digest: 'sha512', type: 'rsa' },
} as const satisfies Readonly<Record<string, Facts>>

export type JwsAlgorithm = keyof typeof algorithms
/** All that upstream takes, sorted. */
export const jwsAlgorithms = Object.keys(algorithms) as readonly JwsAlgorithm[]
export const isJwsAlgorithm = (name: unknown): name is JwsAlgorithm => typeof name === 'string' && Object.hasOwn(algorithms, name)
export const digestOf = (algorithm: JwsAlgorithm): string => algorithms[algorithm].digest

/** @param algorithm what the key is trusted for, not what the token says */
export function isSignedBy({ signed, signature, header }: Jwt, algorithm: JwsAlgorithm, key: KeyObject): boolean {
  const { digest, type, curve, pss }: Facts = algorithms[algorithm]
  // Critical extensions are none that we know.
  if (header.crit !== undefined || key.asymmetricKeyType !== type) return false
  if (curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== curve) return false
  const padding = pss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  return verify(digest, signed, { key, dsaEncoding: 'ieee-p1363', ...padding }, signature)
}
