// What an apply collides with. Source: k8s.io/apimachinery pkg/util/managedfields/internal/conflict.go.
import { ApiError } from '../api-error.ts'
import { goQuote } from '../go-quote.ts'
import { paths } from './field-set.ts'
import type { FieldSet } from './field-set.ts'
import type { ManagerIdentity } from './managed-entries.ts'
import { type PathElement, printPath } from './path-element.ts'

export interface Conflict {
  readonly owner: ManagerIdentity
  readonly path: readonly PathElement[]
}

export const conflictsOf = (owner: ManagerIdentity, set: FieldSet): readonly Conflict[] => [...paths(set)].map((path) => ({ owner, path: [...path] }))

function printOwner({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  const name = subresource ? `${goQuote(manager)} with subresource ${goQuote(subresource)}` : goQuote(manager)
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}

function message(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (conflicts.length === 1) return `Apply failed with 1 conflict: conflict with ${printOwner(first!.owner)}: ${printPath(first!.path)}`
  const byOwner = Map.groupBy(conflicts, ({ owner }) => owner)
  const lines = [...byOwner].flatMap(([owner, own]) => [`conflicts with ${printOwner(owner)}:`, ...own.map(({ path }) => `- ${printPath(path)}`)])
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

/** @param conflicts at least one, those of one owner next to each other */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const causes = conflicts.map(({ owner, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${printOwner(owner)}`, field: printPath(path) }))
  return new ApiError('Conflict', message(conflicts), { details: { causes } })
}
