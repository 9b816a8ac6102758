// How long requests are kept. Source: pkg/controller/certificates/cleaner/cleaner.go.
import { findDecision } from '../../api/certificates/conditions.ts'
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../api/certificates/v1.ts'

const hourMs = 60 * 60 * 1000
/** After the approval of what was issued, after a denial, after a failure. */
const decidedMs = hourMs
/** Of what nobody has looked at. */
const pendingMs = 24 * hourMs

/**
 * @param notAfterMs end of the issued certificate, if there is one
 * @returns when the request is to be deleted (epoch); undefined while it has no end
 */
export function deleteAtMs(request: CertificateSigningRequest, notAfterMs: number | undefined): number | undefined {
  const { status, metadata } = request
  const after = (time: string | undefined, ms: number) => (time ? [Date.parse(time) + ms] : [])
  const updated = (condition: CertificateSigningRequestCondition | undefined) => after(condition?.lastUpdateTime, decidedMs)
  const approved = findDecision(request, 'Approved')
  const ends = [
    ...updated(findDecision(request, 'Denied')),
    ...updated(findDecision(request, 'Failed')),
    ...(approved && status?.certificate ? updated(approved) : []),
    ...(approved && notAfterMs !== undefined ? [notAfterMs] : []),
    ...(status?.conditions?.length ? [] : after(metadata.creationTimestamp, pendingMs)),
  ]
  return ends.length > 0 ? Math.min(...ends) : undefined
}
