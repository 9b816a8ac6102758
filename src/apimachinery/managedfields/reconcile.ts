// Ownership recorded under an older schema: who owned parts of what is atomic now owns it whole. The reverse is not done: the owner
// of what was atomic keeps just that field. Source: structured-merge-diff typed/reconcile_schema.go.
import { type FieldSet, isEmptySet, leaf, NodeBuilder } from './field-set.ts'
import type { TypeNode } from './type-node.ts'
import { deduced, memberType, untypedAtomic } from './type-view.ts'

function reconcileNode(type: TypeNode | undefined, node: FieldSet): FieldSet {
  if (type === undefined || type === deduced || type === untypedAtomic || isEmptySet(node)) return node
  if (type.map?.atomic || type.list?.atomic) return leaf
  const result = new NodeBuilder(Object.hasOwn(node, '.'))
  let changed = false
  for (const element of Object.keys(node)) {
    if (element === '.') continue
    const isField = element.startsWith('f:')
    const childType = isField ? type.map && memberType(type.map, element.slice(2)) : element.startsWith('k:') ? type.list?.element() : undefined
    const child = reconcileNode(childType, node[element]!)
    changed ||= child !== node[element]
    result.add(element, child)
  }
  return changed ? result.build()! : node
}

/** @returns `set` itself when it fits the type */
export const reconcileWithSchema = (type: TypeNode, set: FieldSet): FieldSet => (type.map?.atomic ? set : reconcileNode(type, set))
