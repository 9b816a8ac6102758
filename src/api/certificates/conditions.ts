// What has become of a CertificateSigningRequest, read from its conditions. Source: pkg/controller/certificates/certificate_controller_utils.go.
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from './v1.ts'

type Decision = 'Approved' | 'Denied' | 'Failed'

export const findDecision = ({ status }: CertificateSigningRequest, type: Decision): CertificateSigningRequestCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type)

/** Approved, and not denied as well. */
export const isApproved = (request: CertificateSigningRequest): boolean =>
  findDecision(request, 'Approved') !== undefined && findDecision(request, 'Denied') === undefined

/** Nobody has decided yet, and nothing was issued. */
export const isUndecided = (request: CertificateSigningRequest): boolean =>
  !request.status?.certificate && findDecision(request, 'Approved') === undefined && findDecision(request, 'Denied') === undefined

/** The request with one more condition, which is true. The server adds the times. */
export function withDecision(request: CertificateSigningRequest, type: Decision, reason: string, message: string): CertificateSigningRequest {
  const conditions = [...(request.status?.conditions ?? []), { type, status: 'True', reason, message }]
  return { ...request, status: { ...request.status, conditions } }
}

/** PEM texts travel as base64 in JSON. */
export const pemOf = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1')
