// metadata.generation: counts changes of what a user wants, not of what is.
import { jsonEqual } from '../../../apimachinery/json-equal.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'

/** Resources whose strategies keep a generation upstream. Source: the prepareForCreate of each strategy under pkg/registry. */
const counted: ReadonlySet<string> = new Set([
  'pods',
  'podtemplates',
  'replicationcontrollers',
  'apps/daemonsets',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'batch/cronjobs',
  'batch/jobs',
  'policy/poddisruptionbudgets',
  'networking.k8s.io/ingresses',
  'networking.k8s.io/ingressclasses',
  'networking.k8s.io/networkpolicies',
  'discovery.k8s.io/endpointslices',
  'scheduling.k8s.io/priorityclasses',
  'flowcontrol.apiserver.k8s.io/flowschemas',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'apiextensions.k8s.io/customresourcedefinitions',
  'resource.k8s.io/deviceclasses',
  'resource.k8s.io/resourceslices',
])

export const hasGenerationByDefault = ({ group, plural }: { readonly group: string; readonly plural: string }) =>
  counted.has(group ? `${group}/${plural}` : plural)

/** Sets the generation of an update: one more when what is wanted differs. @param wanted default: all but metadata and status */
export function setGeneration(object: Mutable<KubeObject>, old: KubeObject, wanted: (object: KubeObject) => unknown = specOf): void {
  const before = old.metadata.generation ?? 0
  object.metadata.generation = jsonEqual(wanted(object), wanted(old)) ? before : before + 1
}

function specOf(object: KubeObject): object {
  const { metadata: _metadata, status: _status, ...rest } = object as KubeObject & { status?: unknown }
  return rest
}
