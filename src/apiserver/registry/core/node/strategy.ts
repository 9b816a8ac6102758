// Nodes. Source: pkg/registry/core/node/strategy.go.
import type { Node } from '../../../../api/core/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'

export const nodeStrategy: Strategy<Node> = {
  allowUnconditionalUpdate: true,
  defaults(node) {
    if (node.status?.capacity && !node.status.allocatable) node.status.allocatable = { ...node.status.capacity }
    if (node.spec?.podCIDR && !node.spec.podCIDRs?.length) node.spec.podCIDRs = [node.spec.podCIDR]
  },
}
