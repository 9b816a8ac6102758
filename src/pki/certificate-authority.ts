// Issues X.509 certificates (ECDSA P-256). The X.509 library is loaded only when something is issued: a restart with
// valid certificates never pays for it.
import { X509Certificate, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type { Clock } from '../util/clock.ts'

/** PEM texts. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface CertificateRequest {
  /** Becomes the user name of a client certificate. */
  readonly commonName: string
  /** Become the groups of a client certificate. */
  readonly organizations?: readonly string[]
  /** DNS names and IP addresses for the subject alternative names. */
  readonly hosts?: readonly string[]
  readonly usages: readonly ('server' | 'client')[]
  readonly validityDays: number
}

/** What a signer puts into a certificate for somebody else's public key. */
export interface SignRequest extends CertificateRequest {
  /** SubjectPublicKeyInfo. */
  readonly publicKey: webcrypto.CryptoKey
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const dayMs = 24 * 60 * 60 * 1000
/** Certificates start a little in the past, so that a peer whose clock is behind accepts them at once. */
const backdateMs = 5 * 60 * 1000
const caValidityDays = 3650
const usageOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const

async function loadX509() {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

const generateKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

/** @returns PKCS #8 in PEM */
async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)))
}

const pem = (label: string, der: Buffer) => `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}(?!$)/g, '$&\n')}\n-----END ${label}-----\n`
const derOf = (text: string) => Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
const serialNumber = () =>
  Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)))
    .toString('hex')
    .replace(/^[89a-f]/, '7')

type NameParts = { [type: string]: string[] }[]
const subjectOf = (r: CertificateRequest): NameParts => [...(r.organizations ?? []).map((o) => ({ O: [o] })), { CN: [r.commonName] }]

export class CertificateAuthority {
  readonly pair: KeyPair
  readonly #clock: Clock

  constructor(pair: KeyPair, clock: Clock) {
    this.pair = pair
    this.#clock = clock
  }

  /** Makes a new self-signed authority, valid for ten years. */
  static async create(commonName: string, clock: Clock): Promise<CertificateAuthority> {
    const x509 = await loadX509()
    const keys = await generateKeys()
    const nowMs = clock.now()
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: [{ CN: [commonName] }],
      notBefore: new Date(nowMs - backdateMs),
      notAfter: new Date(nowMs + caValidityDays * dayMs),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
      ],
    })
    return new CertificateAuthority({ certificate: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) }, clock)
  }

  /** A new key with a certificate for it. */
  async issue(request: CertificateRequest): Promise<KeyPair> {
    const keys = await generateKeys()
    return { certificate: await this.sign({ ...request, publicKey: keys.publicKey }), key: await exportKey(keys.privateKey) }
  }

  /** A certificate for a key that somebody else holds. @returns PEM */
  async sign(request: SignRequest): Promise<string> {
    const x509 = await loadX509()
    const authority = new x509.X509Certificate(this.pair.certificate)
    const signingKey = await webcrypto.subtle.importKey('pkcs8', derOf(this.pair.key), algorithm, false, ['sign'])
    const nowMs = this.#clock.now()
    const hosts = (request.hosts ?? []).map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }))
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: subjectOf(request),
      issuer: authority.subject,
      notBefore: new Date(nowMs - backdateMs),
      notAfter: new Date(Math.min(nowMs + request.validityDays * dayMs, authority.notAfter.getTime())),
      publicKey: request.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension(request.usages.map((u) => usageOids[u])),
        await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
        ...(hosts.length ? [new x509.SubjectAlternativeNameExtension(hosts)] : []),
      ],
    })
    return `${certificate.toString('pem')}\n`
  }
}

/** Whether a certificate is still good for a third of its life, covers all `hosts` and was issued by `authority`. */
export function isCurrent(pair: KeyPair, authority: KeyPair, hosts: readonly string[], nowMs: number): boolean {
  const certificate = new X509Certificate(pair.certificate)
  const notBeforeMs = Date.parse(certificate.validFrom)
  const notAfterMs = Date.parse(certificate.validTo)
  const covers = (host: string) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
  return nowMs < notAfterMs - (notAfterMs - notBeforeMs) / 3 && certificate.checkIssued(new X509Certificate(authority.certificate)) && hosts.every(covers)
}
