// A pod that says nothing else stays a while on a node that is not ready or unreachable.
// Source: k8s.io/kubernetes plugin/pkg/admission/defaulttolerationseconds.
import type { Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns } from '../refuse.ts'

/** Upstream's: five minutes. */
const secondsDefault = 300

export function newDefaultTolerationSeconds({ notReady, unreachable } = { notReady: secondsDefault, unreachable: secondsDefault }): AdmissionPlugin {
  const seconds = [
    ['node.kubernetes.io/not-ready', notReady],
    ['node.kubernetes.io/unreachable', unreachable],
  ] as const
  return {
    name: 'DefaultTolerationSeconds',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    inputs: () => [],
    admit(attributes) {
      if (!concerns(attributes, 'pods')) return
      const { spec } = attributes.object as Mutable<Pod>
      const tolerations = spec.tolerations ?? []
      const count = tolerations.length
      for (const [key, tolerationSeconds] of seconds) {
        const mentioned = tolerations.some((t) => (t.key === key || !t.key) && (t.effect === 'NoExecute' || !t.effect))
        if (!mentioned) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds })
      }
      if (tolerations.length > count) spec.tolerations = tolerations
    },
  }
}
