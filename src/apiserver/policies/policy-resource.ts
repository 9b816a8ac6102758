import type { AdmissionAttributes } from '../admission/admission.ts'

const policyResources: ReadonlySet<string> = new Set([
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
])
const webhookResources: ReadonlySet<string> = new Set(['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'])

const isOf = (plurals: ReadonlySet<string>, { resource: { group, plural } }: Pick<AdmissionAttributes, 'resource'>) =>
  group === 'admissionregistration.k8s.io' && plurals.has(plural)

/** No policy may keep anybody from changing policies. */
export const isPolicyResource = (request: Pick<AdmissionAttributes, 'resource'>): boolean => isOf(policyResources, request)

/** No webhook may keep anybody from changing webhooks or policies. */
export const isAdmissionResource = (request: Pick<AdmissionAttributes, 'resource'>): boolean =>
  isOf(policyResources, request) || isOf(webhookResources, request)
