// A pod that gets its node gets the node's zone and region as labels, too, so that it can learn them by the downward API.
// Source: plugin/pkg/admission/podtopologylabels/admission.go.
import type { Binding, Node, Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns } from '../refuse.ts'

const copied = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'] as const

export function newPodTopologyLabels(nodes: Pick<StoreLister<Node>, 'get'>): AdmissionPlugin {
  function copy(object: Mutable<Pod> | Mutable<Binding>, nodeName: string): void {
    const labels = nodes.get(nodeName)?.metadata.labels
    for (const key of copied) {
      const value = labels?.[key]
      if (value !== undefined) (object.metadata.labels ??= {})[key] = value
    }
  }
  return {
    name: 'PodTopologyLabels',
    handles: (operation) => operation === 'CREATE',
    inputs: (attributes) => (concerns(attributes, 'pods') && (attributes.object as Pod).spec.nodeName ? undefined : []),
    admit(attributes) {
      if (concerns(attributes, 'pods', 'binding')) {
        const binding = attributes.object as unknown as Mutable<Binding>
        if (binding.target?.kind === 'Node') copy(binding, binding.target.name ?? '')
      } else if (concerns(attributes, 'pods')) {
        const pod = attributes.object as Mutable<Pod>
        if (pod.spec.nodeName) copy(pod, pod.spec.nodeName)
      }
    },
  }
}
