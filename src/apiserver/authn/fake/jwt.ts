// Tokens as an issuer, or somebody who wants to be one, would make them.
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { digestOf, type JwsAlgorithm } from '../jws.ts'

export const encode = (value: object | string) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

export interface FakeKey {
  readonly algorithm: JwsAlgorithm
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function fakeKey(algorithm: JwsAlgorithm = 'ES256', kid = `key-${algorithm}`): FakeKey {
  const namedCurve = curves[algorithm]
  const pair = namedCurve ? generateKeyPairSync('ec', { namedCurve }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { algorithm, kid, ...pair }
}

/** @param header beside, or instead of, `alg` and `kid` */
export function signJwt({ algorithm, kid, privateKey }: FakeKey, payload: object, header: object = {}): string {
  const signed = `${encode({ alg: algorithm, kid, ...header })}.${encode(payload)}`
  const padding = algorithm.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  const signature = sign(digestOf(algorithm), Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363', ...padding })
  return `${signed}.${signature.toString('base64url')}`
}

/** Key confusion: the public key's text as the secret of an HMAC. */
export function confuse({ kid, publicKey }: FakeKey, payload: object, format: 'pem' | 'der'): string {
  const signed = `${encode({ alg: 'HS256', kid })}.${encode(payload)}`
  const secret = format === 'pem' ? publicKey.export({ type: 'spki', format }) : publicKey.export({ type: 'spki', format })
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

export const jwksOf = (...keys: readonly FakeKey[]) => ({
  keys: keys.map(({ kid, algorithm, publicKey }) => ({ kid, alg: algorithm, use: 'sig', ...publicKey.export({ format: 'jwk' }) })),
})
