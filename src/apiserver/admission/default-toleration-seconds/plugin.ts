// A pod that says nothing else stays five minutes on a node that is not ready or unreachable.
// Source: k8s.io/kubernetes plugin/pkg/admission/defaulttolerationseconds.
import type { Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import type { AdmissionPlugin } from '../admission.ts'

const tolerationSecondsDefault = 300
const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  admit({ resource, subresource, object }) {
    if (resource.group !== '' || resource.plural !== 'pods' || subresource || !object) return
    const { spec } = object as Mutable<Pod>
    const tolerations = spec.tolerations ?? []
    for (const key of keys) {
      const mentioned = tolerations.some((t) => (t.key === key || !t.key) && (t.effect === 'NoExecute' || !t.effect))
      if (!mentioned) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: tolerationSecondsDefault })
    }
    if (tolerations.length) spec.tolerations = tolerations
  },
}
