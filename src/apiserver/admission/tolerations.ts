// What one toleration covers of another: for the plugins that add some. Source: k8s.io/kubernetes pkg/util/tolerations/tolerations.go.
import type { Toleration } from '../../api/core/v1.ts'

export const isSameToleration = (a: Toleration, b: Toleration) =>
  (a.key ?? '') === (b.key ?? '') &&
  (a.operator ?? '') === (b.operator ?? '') &&
  (a.value ?? '') === (b.value ?? '') &&
  (a.effect ?? '') === (b.effect ?? '') &&
  a.tolerationSeconds === b.tolerationSeconds

/** Whether `wide` tolerates everything that `narrow` does. */
function covers(wide: Toleration, narrow: Toleration): boolean {
  if (isSameToleration(wide, narrow)) return true
  const exists = wide.operator === 'Exists'
  if ((wide.key ?? '') !== (narrow.key ?? '') && !(exists && !wide.key)) return false
  if (wide.effect && wide.effect !== narrow.effect) return false
  if (wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds) return false
  }
  if (exists) return true
  if (wide.operator !== undefined && wide.operator !== 'Equal') return false
  return (narrow.operator ?? 'Equal') === 'Equal' && (narrow.value ?? '') === (wide.value ?? '')
}

/** All tolerations, without those that another one covers; of equal ones the first stays. */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): readonly Toleration[] {
  const all = [...first, ...second]
  const merged: Toleration[] = []
  for (const [i, toleration] of all.entries()) {
    if (merged.some((kept) => covers(kept, toleration))) continue
    if (all.slice(i + 1).some((later) => !isSameToleration(later, toleration) && covers(later, toleration))) continue
    merged.push(toleration)
  }
  return merged
}

export const isAllowed = (tolerations: readonly Toleration[], allowed: readonly Toleration[]) =>
  allowed.length === 0 || tolerations.every((toleration) => allowed.some((wide) => covers(wide, toleration)))
