// Nodes. Source: pkg/registry/core/node/strategy.go, pkg/apis/core/v1/conversion.go, pkg/api/node/util.go.
import type { Node } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { defaultStrategy } from '../../generic/default-strategy.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { validateNode, validateNodeUpdate } from './validate.ts'
import { nodeWarnings } from './warnings.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { ownCopy } from '../../shared/own-copy.ts'

/** podCIDR is the first of podCIDRs; where they differ, it wins. */
function syncPodCidrs({ spec }: Mutable<Node>): void {
  if (!spec) return
  if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR]
  else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
}

export const nodeStrategy: Strategy<Node> = {
  allowUnconditionalUpdate: true,
  metadataChecksOnUpdate: ['whole', 'changes'],
  defaults(node) {
    if (node.status?.capacity && !node.status.allocatable) node.status.allocatable = { ...node.status.capacity }
    syncPodCidrs(node)
  },
  canonicalize({ status }) {
    for (const image of status?.images ?? []) emptyAsNull(image, 'names')
  },
  prepareForCreate(_, { spec, status }) {
    delete spec?.configSource
    delete status?.config
  },
  prepareForUpdate(context, node, old) {
    defaultStrategy.prepareForUpdate!(context, node, old)
    if (!old.spec?.configSource) delete node.spec?.configSource
  },
  validate: (_, node) => validateNode(node),
  validateUpdate: (_, node, old) => [...validateNode(node), ...validateNodeUpdate(node, old)],
  warningsOnCreate: (_, node) => nodeWarnings(node),
  warningsOnUpdate: (_, node) => nodeWarnings(node),
  subresources: {
    status: {
      prepareForUpdate(_, node, old) {
        node.spec = ownCopy(old.spec) as Mutable<typeof old.spec>
        if (!old.status?.config) delete node.status?.config
      },
      validateUpdate: (_, node, old) => validateNodeUpdate(node, old),
    },
  },
}
