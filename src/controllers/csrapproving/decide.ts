// Which kubelets may have their identity without anybody looking. Source: pkg/controller/certificates/approver/sarapprove.go.
import type { SubjectAccessReviewSpec } from '../../api/authorization/v1.ts'
import type { CertificateSigningRequest } from '../../api/certificates/v1.ts'
import type { CertificateRequest } from '../../pki/certificate-request.ts'
import { kubeletClientProblem, signerNames } from '../framework/kubelet-requests.ts'

/** A right that is enough for approval, when the requester has it. */
export interface Recognition {
  /** Of `certificatesigningrequests`: what to have the right to create. */
  readonly subresource: 'selfnodeclient' | 'nodeclient'
  /** The message of the approval. */
  readonly message: string
}

/** @returns the rights to be asked for, one after the other; none when the request is not a kubelet's */
export function recognize({ spec }: CertificateSigningRequest, asked: Omit<CertificateRequest, 'raw'>): readonly Recognition[] {
  if (spec.signerName !== signerNames.apiServerClientKubelet || kubeletClientProblem(asked, spec.usages ?? [])) return []
  const self: Recognition = { subresource: 'selfnodeclient', message: 'Auto approving self kubelet client certificate after SubjectAccessReview.' }
  const other: Recognition = { subresource: 'nodeclient', message: 'Auto approving kubelet client certificate after SubjectAccessReview.' }
  return spec.username === asked.commonName ? [self, other] : [other]
}

export const reviewOf = ({ spec }: CertificateSigningRequest, { subresource }: Recognition): SubjectAccessReviewSpec => ({
  ...(spec.username ? { user: spec.username } : {}),
  ...(spec.uid ? { uid: spec.uid } : {}),
  ...(spec.groups ? { groups: spec.groups } : {}),
  ...(spec.extra ? { extra: spec.extra } : {}),
  resourceAttributes: { group: 'certificates.k8s.io', version: '*', resource: 'certificatesigningrequests', subresource, verb: 'create' },
})
