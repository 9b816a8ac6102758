// What all of this folder shares: the X.509 library, loaded only when something is issued or read; PEM and keys.
import { createPrivateKey, webcrypto } from 'node:crypto'

/** PEM texts. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

type Library = typeof import('@peculiar/x509')
let library: Promise<Library> | undefined

/** Loading takes a tenth of a second: a process that issues nothing never pays for it. */
export function loadX509(): Promise<Library> {
  library ??= import('reflect-metadata').then(() => import('@peculiar/x509'))
  return library
}

/** Keys that we make: ECDSA P-256. */
export const newKeyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export const generateKeys = (): Promise<webcrypto.CryptoKeyPair> => webcrypto.subtle.generateKey(newKeyAlgorithm, true, ['sign', 'verify'])

/** @returns PKCS #8 in PEM */
export async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}(?!$)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

const ecCurves = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
} as const

type SigningAlgorithm = webcrypto.Algorithm & { readonly namedCurve?: string; readonly hash?: string }

/**
 * A key that somebody else may have made: RSA, ECDSA or Ed25519; PKCS #8, PKCS #1 or SEC 1.
 * @param pem not encrypted
 * @throws {Error} for what is no key, or one of another kind
 */
export async function importSigningKey(pem: string): Promise<{ readonly key: webcrypto.CryptoKey; readonly algorithm: SigningAlgorithm }> {
  const parsed = createPrivateKey(pem)
  const algorithm = algorithmOf(parsed.asymmetricKeyType, parsed.asymmetricKeyDetails?.namedCurve)
  const der = parsed.export({ type: 'pkcs8', format: 'der' })
  return { key: await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']), algorithm }
}

function algorithmOf(type: string | undefined, curve: string | undefined): SigningAlgorithm {
  if (type === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  if (type === 'ed25519') return { name: 'Ed25519' }
  if (type === 'ec' && curve && Object.hasOwn(ecCurves, curve)) return { name: 'ECDSA', ...ecCurves[curve as keyof typeof ecCurves] }
  throw new Error(`keys of type ${type ?? 'unknown'}${curve ? ` (${curve})` : ''} cannot sign certificates`)
}
