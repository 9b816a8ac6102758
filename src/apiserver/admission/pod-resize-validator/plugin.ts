// A resize that the pod's node could never grant is refused at once. Source: plugin/pkg/admission/podresize/admission.go.
import type { Node, Pod } from '../../../api/core/v1.ts'
import { podQuantities } from '../../../api/core/pod-quantities.ts'
import { ApiError } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { parseQuantity, type Quantity, zeroQuantity } from '../../../apimachinery/quantity/quantity.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'

const units: readonly (readonly [string, (quantity: Quantity) => bigint])[] = [
  ['cpu', (quantity) => quantity.milliValue()],
  ['memory', (quantity) => quantity.value()],
]

function withCause(error: ApiError, reason: string): ApiError {
  return new ApiError('Forbidden', error.message, { details: { ...error.details, causes: [{ reason }] } })
}

/** @returns '' when the pod could run on the node */
function tooLarge(pod: Pod, { status }: Node): string {
  const requests = podQuantities(pod, 'requests', { overhead: true, status: false })
  const complaints = units.flatMap(([name, inUnits]) => {
    const [requested, allocatable] = [inUnits(requests.get(name) ?? zeroQuantity), inUnits(parseQuantity(status?.allocatable?.[name] ?? '0'))]
    return requested > allocatable ? [`${name}, requested: ${requested}, allocatable: ${allocatable}`] : []
  })
  return complaints.length ? `Node didn't have enough allocatable resources: ${complaints.join('; ')}` : ''
}

function check(attributes: ValidatingAttributes, pod: Pod, node: Node | undefined): void {
  if (!node) throw refuse(attributes, `node ${goQuote(pod.spec.nodeName!)} not found`)
  const why = tooLarge(pod, node)
  if (why) throw withCause(refuse(attributes, why), 'NodeCapacity')
  const os = node.metadata.labels?.['kubernetes.io/os'] ?? ''
  if (os === 'linux') return
  const unsupported = `pod resize is only supported on linux nodes, node ${goQuote(node.metadata.name)} is ${goQuote(os)}`
  throw withCause(refuse(attributes, unsupported), 'UnsupportedPlatform')
}

export function newPodResizeValidator(nodes: Pick<StoreLister<Node>, 'get'>): AdmissionPlugin {
  return {
    name: 'PodResizeValidator',
    handles: (operation) => operation === 'UPDATE',
    validate(attributes) {
      if (!concerns(attributes, 'pods', 'resize')) return
      const [pod, old] = [attributes.object as Pod, attributes.oldObject as Pod]
      // The generation counts changes of the specification.
      if (pod.spec.nodeName && pod.metadata.generation !== old.metadata.generation) check(attributes, pod, nodes.get(pod.spec.nodeName))
    },
  }
}
