import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { human, labels } from '../helpers.ts'
import { at, condition, items, number, text } from '../view.ts'

function requestCondition(object: JsonObject): string {
  const parts = [condition(object, 'Denied') ? 'Denied' : condition(object, 'Approved') ? 'Approved' : 'Pending']
  if (condition(object, 'Failed')) parts.push('Failed')
  if (text(object, 'status.certificate')) parts.push('Issued')
  return parts.join(',')
}

const lastState = (object: JsonObject) =>
  items(object, 'status.conditions')
    .map((each) => text(each, 'type'))
    .findLast((type) => ['Issued', 'Denied', 'Failed'].includes(type)) ?? 'Pending'

export const certificatesCells: Readonly<Record<string, KindCells>> = {
  'certificates.k8s.io/CertificateSigningRequest': {
    SignerName: (object) => text(object, 'spec.signerName', '<none>'),
    Requestor: (object) => text(object, 'spec.username'),
    RequestedDuration: (object) => (at(object, 'spec.expirationSeconds') === undefined ? '<none>' : human(number(object, 'spec.expirationSeconds') * 1000)),
    Condition: requestCondition,
  },
  'certificates.k8s.io/ClusterTrustBundle': { SignerName: (object) => text(object, 'spec.signerName', '<none>') },
  'certificates.k8s.io/PodCertificateRequest': {
    PodName: (object) => text(object, 'spec.podName'),
    ServiceAccountName: (object) => text(object, 'spec.serviceAccountName'),
    NodeName: (object) => text(object, 'spec.nodeName'),
    SignerName: (object) => text(object, 'spec.signerName'),
    State: lastState,
    UnverifiedUserAnnotations: (object) => labels(object, 'spec.unverifiedUserAnnotations'),
  },
}
