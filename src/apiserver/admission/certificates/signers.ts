// Who may approve, sign and attest for a signer. Source: k8s.io/kubernetes plugin/pkg/admission/certificates.
import type { CertificateSigningRequest } from '../../../api/certificates/v1.ts'
import type { KubeObject } from '../../../api/object.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { semanticEqual } from '../../../apimachinery/json-equal.ts'
import type { UserInfo } from '../../authn/user.ts'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'
import { parseCertificateRequest } from '../certificate-request.ts'

const requests = 'certificates.k8s.io/certificatesigningrequests'

/** The right for this signer, or for all signers of its domain (`example.com/*`). */
function isAuthorized(authorizer: Authorizer, user: UserInfo, verb: string, signer: string): boolean {
  return [signer, `${signer.split('/')[0]}/*`].some((name) => {
    const { outcome } = authorizer.authorize({
      user,
      verb,
      isResourceRequest: true,
      apiGroup: 'certificates.k8s.io',
      apiVersion: '*',
      namespace: '',
      resource: 'signers',
      subresource: '',
      name,
      path: '',
    })
    return outcome === 'allow'
  })
}

export function newCertificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (operation) => operation === 'UPDATE',
    validate(attributes) {
      if (!concerns(attributes, requests, 'approval')) return
      const { signerName } = (attributes.oldObject as CertificateSigningRequest).spec
      if (isAuthorized(authorizer, attributes.user, 'approve', signerName)) return
      throw refuse(attributes, `user not permitted to approve requests with signerName ${goQuote(signerName)}`)
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
      if (isAuthorized(authorizer, attributes.user, 'sign', signerName)) return
      throw refuse(attributes, `user not permitted to sign requests with signerName ${goQuote(signerName)}`)
    },
  }
}

/** Nobody becomes a member of system:masters by certificate. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (operation) => operation === 'CREATE',
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
    validate(attributes) {
      if (!concerns(attributes, 'certificates.k8s.io/clustertrustbundles')) return
      const [now, old] = [attributes.object as TrustBundle, attributes.oldObject as TrustBundle | undefined]
      const signer = now.spec?.signerName
      if (!signer || (old && semanticEqual(old.spec, now.spec))) return
      if (isAuthorized(authorizer, attributes.user, 'attest', signer)) return
      throw refuse(attributes, `user not permitted to attest for signerName ${goQuote(signer)}`)
    },
  }
}
