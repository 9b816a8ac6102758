// Which nodes a pod's nodeSelector and node affinity allow. Source: k8s.io/component-helpers scheduling/corev1/nodeaffinity.
import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod } from './v1.ts'

const isInteger = (text: string) => /^[+-]?\d+$/.test(text)

function satisfies({ operator, values = [] }: NodeSelectorRequirement, actual: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return actual !== undefined && values.includes(actual)
    case 'NotIn':
      return actual === undefined || !values.includes(actual)
    case 'Exists':
      return actual !== undefined
    case 'DoesNotExist':
      return actual === undefined
    case 'Gt':
    case 'Lt': {
      const bound = values[0]
      if (actual === undefined || bound === undefined || !isInteger(actual) || !isInteger(bound)) return false
      return operator === 'Gt' ? BigInt(actual) > BigInt(bound) : BigInt(actual) < BigInt(bound)
    }
    default:
      return false
  }
}

const labelOf = (node: Node, key: string) => (Object.hasOwn(node.metadata.labels ?? {}, key) ? node.metadata.labels![key] : undefined)

/** A term without expressions and fields matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  return (
    matchExpressions.every((r) => satisfies(r, labelOf(node, r.key))) &&
    matchFields.every((r) => satisfies(r, r.key === 'metadata.name' ? node.metadata.name : undefined))
  )
}

/** Terms are alternatives. */
export const matchesNodeSelector = (selector: NodeSelector, node: Node) => selector.nodeSelectorTerms.some((term) => matchesTerm(term, node))

/** Whether nodeSelector and required node affinity of `pod` allow `node`. */
export function nodeAllowedByAffinity(pod: Pod, node: Node): boolean {
  const { nodeSelector = {}, affinity } = pod.spec
  if (Object.entries(nodeSelector).some(([key, value]) => labelOf(node, key) !== value)) return false
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return !required || matchesNodeSelector(required, node)
}
