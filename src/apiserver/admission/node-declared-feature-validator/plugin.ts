// A change of a running pod that its node's kubelet does not know how to make is refused: nodes declare what they can.
// Source: plugin/pkg/admission/nodedeclaredfeatures/admission.go, k8s.io/component-helpers nodedeclaredfeatures/features.
import type { Container, Node, Pod } from '../../../api/core/v1.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { semanticEqual } from '../../../apimachinery/json-equal.ts'
import { parseQuantity } from '../../../apimachinery/quantity/quantity.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'

const cpuOf = ({ resources }: Container) => parseQuantity(resources?.requests?.['cpu'] ?? '0')

/** Feature -> whether a change needs it; in the order of messages. */
const features: readonly (readonly [string, (old: Pod, pod: Pod) => boolean])[] = [
  [
    'GuaranteedQoSPodCPUResize',
    (old, pod) =>
      old.status?.qosClass === 'Guaranteed' && old.spec.containers.some((container, i) => !cpuOf(container).equals(cpuOf(pod.spec.containers[i] ?? container))),
  ],
  ['InPlacePodLevelResourcesVerticalScaling', (old, pod) => !semanticEqual(old.spec.resources ?? {}, pod.spec.resources ?? {})],
  [
    'InPlacePodVerticalScalingInitContainers',
    (old, pod) =>
      (old.spec.initContainers ?? []).some(
        (container, i) => container.restartPolicy !== 'Always' && !semanticEqual(container.resources ?? {}, pod.spec.initContainers?.[i]?.resources ?? {}),
      ),
  ],
]

export function newNodeDeclaredFeatureValidator(nodes: Pick<StoreLister<Node>, 'get'>): AdmissionPlugin {
  return {
    name: 'NodeDeclaredFeatureValidator',
    handles: (operation) => operation === 'UPDATE',
    validate(attributes) {
      if (!concerns(attributes, 'pods') && !concerns(attributes, 'pods', 'resize')) return
      const [pod, old] = [attributes.object as Pod, attributes.oldObject as Pod]
      const { nodeName } = pod.spec
      if (!nodeName || pod.metadata.generation === old.metadata.generation) return
      const needed = features.filter(([, isNeeded]) => isNeeded(old, pod)).map(([name]) => name)
      if (!needed.length) return
      const node = nodes.get(nodeName)
      if (!node) throw refuse(attributes, `node ${goQuote(nodeName)} not found`)
      const missing = needed.filter((name) => !node.status?.declaredFeatures?.includes(name))
      if (missing.length) throw refuse(attributes, `pod update requires features ${missing.join(', ')} which are not available on node ${goQuote(nodeName)}`)
    },
  }
}
