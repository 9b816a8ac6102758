// What the bootstrap roles and bindings must hold is put back at each start; what somebody added to them stays.
// Pure. Source: k8s.io/kubernetes pkg/registry/rbac/reconciliation/{reconcile_role,reconcile_rolebindings}.go.
import type { PolicyRule, Subject } from '../../api/rbac/v1.ts'
import { uncovered } from '../registry/rbac/escalation/coverage.ts'

interface Metadata {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

interface AnyRole {
  readonly metadata: Metadata
  readonly rules?: readonly PolicyRule[]
  readonly aggregationRule?: unknown
}

interface AnyBinding {
  readonly metadata: Metadata
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly Subject[]
}

const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate'

/** Somebody has asked for the object to be left alone. */
const isProtected = ({ annotations = {} }: Metadata) => Object.hasOwn(annotations, autoupdate) && annotations[autoupdate] === 'false'

/** @returns the role as it must be; undefined when nothing is missing. An aggregated role's rules are its controller's. */
export function reconcileRole<T extends AnyRole>(existing: T, expected: AnyRole): T | undefined {
  if (isProtected(existing.metadata)) return undefined
  const missing = expected.aggregationRule ? [] : (uncovered(existing.rules ?? [], expected.rules ?? []).missing as readonly PolicyRule[])
  const metadata = withMissing(existing.metadata, expected.metadata)
  const aggregation = expected.aggregationRule && !existing.aggregationRule
  if (missing.length === 0 && !metadata && !aggregation) return undefined
  return {
    ...existing,
    metadata: metadata ?? existing.metadata,
    rules: [...(existing.rules ?? []), ...missing],
    ...(aggregation ? { aggregationRule: expected.aggregationRule } : {}),
  }
}

/** @returns the binding as it must be, `replace` when it names another role (which cannot be changed), or undefined */
export function reconcileBinding<T extends AnyBinding>(existing: T, expected: AnyBinding): T | 'replace' | undefined {
  if (isProtected(existing.metadata)) return undefined
  if (existing.roleRef.kind !== expected.roleRef.kind || existing.roleRef.name !== expected.roleRef.name) return 'replace'
  const missing = (expected.subjects ?? []).filter((subject) => !existing.subjects?.some((s) => isSame(s, subject)))
  const metadata = withMissing(existing.metadata, expected.metadata)
  if (missing.length === 0 && !metadata) return undefined
  return { ...existing, metadata: metadata ?? existing.metadata, subjects: [...(existing.subjects ?? []), ...missing] }
}

const isSame = (a: Subject, b: Subject) => a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '')

/** Labels and annotations that are absent are added; values that differ stay. */
function withMissing<T extends Metadata>(existing: T, expected: Metadata): T | undefined {
  const complete = (has: Metadata['labels'] = {}, wants: Metadata['labels'] = {}) => Object.keys(wants).every((key) => Object.hasOwn(has, key))
  if (complete(existing.labels, expected.labels) && complete(existing.annotations, expected.annotations)) return undefined
  return { ...existing, labels: { ...expected.labels, ...existing.labels }, annotations: { ...expected.annotations, ...existing.annotations } }
}
