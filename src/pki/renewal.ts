// Certificates are made again before they expire: for the same subject, names and uses, by the same authority, with a new key.
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { CertificateFacts } from '../util/certificate-facts.ts'
import type { Clock } from '../util/clock.ts'
import { backdateMs, CertificateAuthority, type IssueRequest, type KeyPair, renewalMs } from './certificate-authority.ts'
import { isPair, type NamedPair, readPairs, writePair } from './key-pair-files.ts'

const oids = { client: '1.3.6.1.5.5.7.3.2', server: '1.3.6.1.5.5.7.3.1' } as const
const dayMs = 24 * 60 * 60 * 1000

/** One part of a distinguished name as Node prints it, one part a line. */
const partsOf = (name: string, type: string) =>
  name.split('\n').flatMap((line) => (line.startsWith(`${type}=`) ? [line.slice(type.length + 1).replaceAll(/\\(.)/g, '$1')] : []))

/** @param name of its file */
export function factsOf(name: string, pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem)
  return {
    name,
    commonName: partsOf(certificate.subject, 'CN')[0] ?? '',
    organizations: partsOf(certificate.subject, 'O'),
    issuer: partsOf(certificate.issuer, 'CN')[0] ?? '',
    hosts: (certificate.subjectAltName ?? '').split(', ').flatMap((entry) => {
      const [, kind, value] = /^(DNS|IP Address):(.+)$/.exec(entry) ?? []
      return value === undefined ? [] : [kind === 'DNS' ? value : usualForm(value)]
    }),
    isAuthority: certificate.ca,
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
  }
}

const usualForm = (address: string) => (address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address)

function requestOf(pair: NamedPair): IssueRequest {
  const { commonName, organizations, hosts, notBeforeMs, notAfterMs } = factsOf(pair.name, pair.certificate)
  const uses = new X509Certificate(pair.certificate).keyUsage ?? []
  const usages = (['client', 'server'] as const).filter((usage) => uses.includes(oids[usage]))
  return { commonName, organizations, hosts, usages, validityDays: (notAfterMs - notBeforeMs - backdateMs) / dayMs }
}

/** The same once more: subject, names, uses and length of life, with a new key. */
export const reissue = (pair: NamedPair, authority: CertificateAuthority): Promise<KeyPair> => authority.issue(requestOf(pair))

/** Whether a certificate has a third of its life left, or less, or does not belong to its key. */
export const isDue = (pair: NamedPair, nowMs: number): boolean => nowMs >= renewalMs(new X509Certificate(pair.certificate)) || !isPair(pair)

/**
 * Renews those certificates of a directory that `chosen` says; authorities never.
 * @returns the names of what was renewed
 */
export async function renewCertificates(directory: string, chosen: (pair: NamedPair) => boolean, clock: Clock): Promise<readonly string[]> {
  const pairs = await readPairs(directory)
  const isAuthority = ({ certificate }: NamedPair) => new X509Certificate(certificate).ca
  const authorities = pairs.filter(isAuthority)
  const renewed: string[] = []
  for (const pair of pairs.filter((each) => !isAuthority(each) && chosen(each))) {
    const leaf = new X509Certificate(pair.certificate)
    const authority = authorities.find(({ certificate }) => leaf.checkIssued(new X509Certificate(certificate)))
    if (!authority) continue
    await writePair(join(directory, pair.name), await reissue(pair, new CertificateAuthority(authority, clock)))
    renewed.push(pair.name)
  }
  return renewed
}

/** Looked for this often. Lives are counted in months; a clock that jumps is noticed, too. */
const lookEveryMs = 60 * 60 * 1000

export interface RenewalOptions {
  readonly directory: string
  readonly clock: Clock
  /** What was renewed, or why not; it is tried again an hour later. */
  readonly report: (outcome: { readonly renewed: readonly string[] } | { readonly error: unknown }) => void
}

/** Renews what is due until `signal` aborts. Who uses the files watches them. */
export async function keepCertificatesCurrent({ directory, clock, report }: RenewalOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const renewed = await renewCertificates(directory, (pair) => isDue(pair, clock.now()), clock)
      if (renewed.length > 0) report({ renewed })
    } catch (error) {
      report({ error })
    }
    await clock.sleep(lookEveryMs, signal).catch(() => {})
  }
}
