// Source: Go crypto/tls (X509KeyPair).
import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { pemBlocks } from '../../../../pki/pem-blocks.ts'

const keyTypes = ['rsa', 'ec', 'ed25519']

/** @returns what is wrong with a certificate and its private key, both PEM; undefined: they are a pair */
export function checkKeyPair(certificate: string, key: string): string | undefined {
  const certificates = pemBlocks(certificate)
  const first = certificates.find(({ type }) => type === 'CERTIFICATE')
  if (!first) return noCertificate(certificates.map(({ type }) => type))
  const keys = pemBlocks(key)
  const own = keys.find(({ type }) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'))
  if (!own) return noKey(keys.map(({ type }) => type))
  const publicKey = publicKeyOf(first.bytes)
  if (!publicKey) return 'x509: malformed certificate'
  const privateKey = parsePrivateKey(own.bytes)
  if (!privateKey) return 'tls: failed to parse private key'
  if (!known(privateKey)) return 'tls: found unknown private key type in PKCS#8 wrapping'
  if (!known(publicKey)) return 'tls: unknown public key algorithm'
  if (publicKey.asymmetricKeyType !== privateKey.asymmetricKeyType) return 'tls: private key type does not match public key type'
  return createPublicKey(privateKey).equals(publicKey) ? undefined : 'tls: private key does not match public key'
}

function noCertificate(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in certificate input'
  if (skipped.length === 1 && skipped[0]!.endsWith('PRIVATE KEY')) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`
}

function noKey(skipped: readonly string[]): string {
  if (skipped.length === 0) return 'tls: failed to find any PEM data in key input'
  if (skipped.length === 1 && skipped[0] === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key'
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [${skipped.join(' ')}]`
}

const known = ({ asymmetricKeyType }: KeyObject) => keyTypes.includes(asymmetricKeyType!)

function publicKeyOf(der: Buffer): KeyObject | undefined {
  try {
    return new X509Certificate(der).publicKey
  } catch {
    return undefined
  }
}

/** Whatever the block calls it, any of the three forms will do. */
function parsePrivateKey(der: Buffer): KeyObject | undefined {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: der, format: 'der', type })
    } catch {
      // It is of another form, or of none.
    }
  }
  return undefined
}
