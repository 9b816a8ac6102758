// Issues X.509 certificates: for keys of our own making, and for requests of others.
import { createPrivateKey, X509Certificate, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type {
  Extension,
  JsonGeneralNames,
  KeyUsageFlags,
  PublicKeyType,
  X509Certificate as ForeignCertificate,
  X509CertificateCreateParamsName,
} from '@peculiar/x509'
import type { Clock } from '../util/clock.ts'
import type { CertificateRequest } from './certificate-request.ts'
import { keyUsagesOf } from './key-usages.ts'
import { exportKey, generateKeys, importSigningKey, type KeyPair, loadX509, newKeyAlgorithm } from './x509.ts'

export type { KeyPair } from './x509.ts'

/** What is to be certified of a key that is made for it. */
export interface IssueRequest {
  /** Becomes the user name of a client certificate. */
  readonly commonName: string
  /** Become the groups of a client certificate. */
  readonly organizations?: readonly string[]
  /** DNS names and IP addresses for the subject alternative names. */
  readonly hosts?: readonly string[]
  readonly usages: readonly ('server' | 'client')[]
  readonly validityDays: number
}

export interface SigningPolicy {
  /** As `spec.usages` of a CertificateSigningRequest. */
  readonly usages: readonly string[]
  readonly validityMs: number
}

/** All that differs between one certificate and another. */
interface Content {
  readonly subject: X509CertificateCreateParamsName
  readonly names: JsonGeneralNames
  readonly keyUsage: number
  readonly extendedKeyUsages: readonly string[]
  readonly notAfterMs: number
  readonly publicKey: PublicKeyType
}

const dayMs = 24 * 60 * 60 * 1000
/** Certificates start a little in the past, so that a peer whose clock is behind accepts them at once. */
export const backdateMs = 5 * 60 * 1000
/** Certificates that live shorter keep their whole life: five minutes of eight hours is a hundredth. Upstream's value. */
const shortMs = 8 * 60 * 60 * 1000
const caValidityDays = 3650

const serialNumber = () =>
  Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)))
    .toString('hex')
    .replace(/^[89a-f]/, '7')

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
      signingAlgorithm: newKeyAlgorithm,
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
  async issue({ commonName, organizations = [], hosts = [], usages, validityDays }: IssueRequest): Promise<KeyPair> {
    const keys = await generateKeys()
    const { flags, extended } = keyUsagesOf(['digital signature', 'key encipherment', ...usages.map((usage) => `${usage} auth`)])
    const certificate = await this.#certify({
      subject: [...organizations.map((o) => ({ O: [o] })), { CN: [commonName] }],
      names: hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      keyUsage: flags,
      extendedKeyUsages: extended,
      notAfterMs: this.#clock.now() + validityDays * dayMs,
      publicKey: keys.publicKey,
    })
    return { certificate, key: await exportKey(keys.privateKey) }
  }

  /**
   * Certifies what a request says of itself, for as long and for such uses as the policy allows; other extensions are dropped.
   * @returns PEM
   * @throws {Error} when the request is not signed with the key that it brings, or the authority has expired
   * @see pkg/controller/certificates/authority (CertificateAuthority.Sign, PermissiveSigningPolicy)
   */
  async sign(request: CertificateRequest, { usages, validityMs }: SigningPolicy): Promise<string> {
    if (!(await request.raw.verify().catch(() => false))) throw new Error('unable to verify certificate request signature: x509: signature does not match')
    const { flags, extended } = keyUsagesOf(usages)
    const { dnsNames, ipAddresses, emailAddresses, uris } = request
    const typed = (type: 'dns' | 'ip' | 'email' | 'url', values: readonly string[]) => values.map((value) => ({ type, value }))
    return this.#certify({
      subject: request.raw.subjectName,
      names: [...typed('dns', dnsNames), ...typed('email', emailAddresses), ...typed('ip', ipAddresses), ...typed('url', uris)],
      keyUsage: flags,
      extendedKeyUsages: extended,
      notAfterMs: this.#clock.now() + validityMs - (validityMs < shortMs ? 0 : backdateMs),
      publicKey: request.raw.publicKey,
    })
  }

  async #certify({ subject, names, keyUsage, extendedKeyUsages, notAfterMs, publicKey }: Content): Promise<string> {
    const x509 = await loadX509()
    const authority = new x509.X509Certificate(this.pair.certificate)
    const nowMs = this.#clock.now()
    if (nowMs >= authority.notAfter.getTime()) throw new Error(`the signer has expired: NotAfter=${authority.notAfter.toISOString()}`)
    const { key: signingKey, algorithm: signingAlgorithm } = await importSigningKey(this.pair.key)
    const extensions: Extension[] = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      ...(keyUsage ? [new x509.KeyUsagesExtension(keyUsage as unknown as KeyUsageFlags, true)] : []),
      ...(extendedKeyUsages.length > 0 ? [new x509.ExtendedKeyUsageExtension([...extendedKeyUsages])] : []),
      await authorityKeyIdentifier(x509, authority),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ]
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject,
      issuer: authority.subjectName,
      notBefore: new Date(nowMs - backdateMs),
      notAfter: new Date(Math.min(notAfterMs, authority.notAfter.getTime())),
      publicKey,
      signingKey,
      signingAlgorithm,
      extensions,
    })
    return `${certificate.toString('pem')}\n`
  }
}

/** The identifier that the authority's own certificate states, which need not be the usual hash of its key. */
async function authorityKeyIdentifier(x509: Awaited<ReturnType<typeof loadX509>>, authority: ForeignCertificate): Promise<Extension> {
  const stated = authority.getExtension(x509.SubjectKeyIdentifierExtension)
  return stated ? new x509.AuthorityKeyIdentifierExtension(stated.keyId) : x509.AuthorityKeyIdentifierExtension.create(authority.publicKey)
}

/** Whether a certificate is still good for a third of its life, covers all `hosts`, was issued by `authority` and belongs to its key. */
export function isCurrent(pair: KeyPair, authority: KeyPair, hosts: readonly string[], nowMs: number): boolean {
  const certificate = new X509Certificate(pair.certificate)
  const covers = (host: string) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined
  const issuer = new X509Certificate(authority.certificate)
  const isGenuine = certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey) && certificate.checkPrivateKey(createPrivateKey(pair.key))
  return nowMs < renewalMs(certificate) && isGenuine && hosts.every(covers)
}

/** When a certificate that we issue ourselves is made again: with a third of its life left. */
export function renewalMs({ validFromDate, validToDate }: Pick<X509Certificate, 'validFromDate' | 'validToDate'>): number {
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()]
  return to - (to - from) / 3
}
