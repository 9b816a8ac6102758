// A gated pod's node selector and node affinity may become narrower. Source: pkg/apis/core/validation/validation.go
// (validateNodeSelectorMutation, validateNodeAffinityMutation).
import type { NodeAffinity, NodeSelectorRequirement, NodeSelectorTerm } from '../../../../api/core/v1.ts'
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { internalForm, sameMeaning } from '../../shared/pod-spec/internal-form.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'

type Labels = { readonly [key: string]: string } | undefined

export function validateNodeSelectorChange(field: string, selector: Labels, old: Labels): readonly FieldError[] {
  const kept = Object.entries(old ?? {}).every(([key, value]) => ownValue(selector, key) === value)
  return kept ? [] : [invalid(field, selector ?? null, `only additions to ${field} are allowed (no mutations or deletions)`)]
}

type Requirements = readonly NodeSelectorRequirement[] | undefined

const keepsStart = (now: Requirements = [], old: Requirements = []) =>
  now.length >= old.length && old.every((before, index) => sameMeaning('NodeSelectorRequirement', now[index], before))

const isEmpty = ({ matchExpressions, matchFields }: NodeSelectorTerm) => !matchExpressions?.length && !matchFields?.length

/** A term only gets stricter by more requirements after the old ones; an empty one matches nothing, and more would widen it. */
const isNarrower = (now: NodeSelectorTerm, old: NodeSelectorTerm) =>
  (!isEmpty(old) || isEmpty(now)) && keepsStart(now.matchExpressions, old.matchExpressions) && keepsStart(now.matchFields, old.matchFields)

export function validateNodeAffinityChange(field: string, affinity: NodeAffinity | undefined, old: NodeAffinity | undefined): readonly FieldError[] {
  const before = old?.requiredDuringSchedulingIgnoredDuringExecution
  if (!before) return []
  const at = `${field}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
  const oldTerms = before.nodeSelectorTerms ?? []
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  if (oldTerms.length > 0 && terms.length !== oldTerms.length) {
    const shown = terms.map((term) => internalForm('NodeSelectorTerm', term))
    return [invalid(at, shown.length > 0 ? shown : null, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')]
  }
  return oldTerms.flatMap((term, index) => {
    const now = terms[index]!
    if (isNarrower(now, term)) return []
    return [invalid(`${at}[${index}]`, internalForm('NodeSelectorTerm', now), 'only additions are allowed (no mutations or deletions)')]
  })
}
