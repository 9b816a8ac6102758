// When a kubelet's certificate is replaced. Source: client-go util/certificate/certificate_manager.go.
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { KeyPair } from '../../pki/x509.ts'
import type { Rand } from '../../util/rand.ts'

/** Between 70 and 90 % of its life, so that many nodes that were made together do not ask together. */
export function rotationMs({ certificate }: KeyPair, rand: Rand): number {
  const { validFromDate, validToDate } = new X509Certificate(certificate)
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()]
  return from + (to - from) * (0.7 + 0.2 * rand())
}

export const expiresMs = ({ certificate }: KeyPair): number => new X509Certificate(certificate).validToDate.getTime()

/** Whether a certificate is for all of these names and addresses. */
export function covers({ certificate }: KeyPair, hosts: readonly string[]): boolean {
  const leaf = new X509Certificate(certificate)
  return hosts.every((host) => (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)) !== undefined)
}

/** @param authorities PEM, one or more */
export function isSignedByFirst({ certificate }: KeyPair, authorities: string): boolean {
  const first = new X509Certificate(authorities)
  return new X509Certificate(certificate).checkIssued(first)
}

const firstRetryMs = 2_000
const retryMsMax = 32_000

/** @param failures one after the other so far, at least one */
export const retryMs = (failures: number, rand: Rand): number => Math.min(retryMsMax, firstRetryMs * 2 ** (failures - 1)) * (1 + 0.1 * rand())
