// PKCS #10: what somebody asks to have certified.
import { isIP } from 'node:net'
import type { Pkcs10CertificateRequest } from '@peculiar/x509'
import { exportKey, generateKeys, loadX509, newKeyAlgorithm } from './x509.ts'

export interface SubjectAlternativeNames {
  readonly dnsNames: readonly string[]
  /** In their usual form: `10.0.0.1`, `fd00::1`. */
  readonly ipAddresses: readonly string[]
  readonly emailAddresses: readonly string[]
  readonly uris: readonly string[]
}

/** A request that has been read. Its signature is checked by whoever signs. */
export interface CertificateRequest extends SubjectAlternativeNames {
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly raw: Pkcs10CertificateRequest
}

const block = /-----BEGIN ([^\n-]+)-----\r?\n[\s\S]*?-----END \1-----/
const subjectAltName = '2.5.29.17'
/** Some 500 names, or an RSA key of 16384 bits: reading takes 40 ms then. Much larger ones would hold up everybody else. */
const requestBytesMax = 16 * 1024

/**
 * @param pem the first block counts, as upstream's ParseCSR
 * @throws {Error} for what is no request, or larger than any that is meant
 */
export async function parseCertificateRequest(pem: string): Promise<CertificateRequest> {
  if (pem.length > requestBytesMax) throw new Error(`certificate request of ${pem.length} bytes is larger than ${requestBytesMax}`)
  const found = block.exec(pem)
  if (found?.[1] !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST')
  const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await loadX509()
  const raw = new Pkcs10CertificateRequest(found[0])
  const extension = raw.getExtension(subjectAltName)
  const names = extension ? new SubjectAlternativeNameExtension(extension.rawData).names.items : []
  const ofType = (type: string) => names.filter((name) => name.type === type).map(({ value }) => value)
  return {
    // Go takes the last of several common names.
    commonName: raw.subjectName.getField('CN').at(-1) ?? '',
    organizations: raw.subjectName.getField('O'),
    dnsNames: ofType('dns'),
    ipAddresses: ofType('ip').map(usualForm),
    emailAddresses: ofType('email'),
    uris: ofType('url'),
    raw,
  }
}

/** `::1` however it was written: as the URL parser writes it. */
const usualForm = (address: string) => (isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address)

export interface NewCertificateRequest {
  readonly commonName: string
  readonly organizations: readonly string[]
  /** DNS names and IP addresses. */
  readonly hosts?: readonly string[]
}

/** A new key and a request for it. @returns PEM */
export async function newCertificateRequest({ commonName, organizations, hosts = [] }: NewCertificateRequest): Promise<{ request: string; key: string }> {
  const x509 = await loadX509()
  const keys = await generateKeys()
  const names = hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }))
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...organizations.map((o) => ({ O: [o] })), { CN: [commonName] }],
    keys,
    signingAlgorithm: newKeyAlgorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  })
  return { request: `${request.toString('pem')}\n`, key: await exportKey(keys.privateKey) }
}
