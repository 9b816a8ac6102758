// Who may approve, sign and attest for a signer. Source: k8s.io/kubernetes plugin/pkg/admission/certificates.
import type { CertificateSigningRequest } from '../../../api/certificates/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { semanticEqual } from '../../../apimachinery/json-equal.ts'
import type { Authorizer } from '../../authz/authorizer.ts'
import { ask, isAllowed, type Questions } from '../../authz/questions.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, passesOthers, refuse } from '../refuse.ts'
import { parseCertificateRequest } from '../certificate-request.ts'

const requests = 'certificates.k8s.io/certificatesigningrequests'

/** The right for this signer, or for all signers of its domain (`example.com/*`). @throws {ApiError} 403 */
function* mayUse(attributes: ValidatingAttributes, verb: string, signer: string, refusal: string): Questions<void> {
  const { user } = attributes
  const signers = { apiGroup: 'certificates.k8s.io', apiVersion: '*', namespace: '', resource: 'signers', subresource: '', path: '' }
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    if (yield* isAllowed({ user, verb, isResourceRequest: true, ...signers, name })) return
  }
  throw refuse(attributes, `${refusal} ${goQuote(signer)}`)
}

export function newCertificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (operation) => operation === 'UPDATE',
    validate(attributes) {
      if (!concerns(attributes, requests, 'approval')) return
      const { signerName } = (attributes.oldObject as CertificateSigningRequest).spec
      return ask(authorizer, mayUse(attributes, 'approve', signerName, 'user not permitted to approve requests with signerName'))
    },
  }
}

export function newCertificateSigning(authorizer: Authorizer): AdmissionPlugin {
  const signed = ({ status }: CertificateSigningRequest) => [status?.certificate ?? '', status?.conditions ?? []]
  return {
    name: 'CertificateSigning',
    handles: (operation) => operation === 'UPDATE',
    validate(attributes) {
      if (!concerns(attributes, requests, 'status')) return
      const [old, now] = [attributes.oldObject as CertificateSigningRequest, attributes.object as CertificateSigningRequest]
      if (semanticEqual(signed(old), signed(now))) return
      const { signerName } = old.spec
      return ask(authorizer, mayUse(attributes, 'sign', signerName, 'user not permitted to sign requests with signerName'))
    },
  }
}

/** Nobody becomes a member of system:masters by certificate. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (operation) => operation === 'CREATE',
  inputs: passesOthers(requests),
  async validate(attributes) {
    if (!concerns(attributes, requests)) return
    const { signerName, request } = (attributes.object as CertificateSigningRequest).spec
    if (signerName !== 'kubernetes.io/kube-apiserver-client') return
    const subject = await parseCertificateRequest(request)
    if (!subject) throw refuse(attributes, 'failed to parse CSR')
    if (!subject.organizations.includes('system:masters')) return
    throw refuse(attributes, `use of ${signerName} signer with system:masters group is not allowed`)
  },
}

type TrustBundle = KubeObject & { readonly spec?: { readonly signerName?: string } }

export function newClusterTrustBundleAttest(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'ClusterTrustBundleAttest',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    inputs: passesOthers('certificates.k8s.io/clustertrustbundles'),
    validate(attributes) {
      if (!concerns(attributes, 'certificates.k8s.io/clustertrustbundles')) return
      const [now, old] = [attributes.object as TrustBundle, attributes.oldObject as TrustBundle | undefined]
      const signer = now.spec?.signerName
      if (!signer || (old && semanticEqual(old.spec, now.spec))) return
      return ask(authorizer, mayUse(attributes, 'attest', signer, 'user not permitted to attest for signerName'))
    },
  }
}
