// Taints and tolerations. Source: k8s.io/component-helpers scheduling/corev1/helpers.go.
import type { Taint, Toleration } from './v1.ts'

const int64 = /^[+-]?\d+$/

/** The numeric operators Lt and Gt compare the taint's value with the toleration's (KEP-5471). */
function comparesTo(taint: string, toleration: string, operator: 'Lt' | 'Gt'): boolean {
  if (!int64.test(taint) || !int64.test(toleration)) return false
  return operator === 'Lt' ? BigInt(taint) < BigInt(toleration) : BigInt(taint) > BigInt(toleration)
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  const { operator = 'Equal', value = '' } = toleration
  switch (operator) {
    case 'Exists':
      return true
    case 'Equal':
      return toleration.key !== undefined && toleration.key !== '' && value === (taint.value ?? '')
    case 'Lt':
    case 'Gt':
      return comparesTo(taint.value ?? '', value, operator)
    default:
      return false
  }
}

/** The first taint with one of `effects` that no toleration covers. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly Taint['effect'][],
): Taint | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !tolerations?.some((t) => tolerates(t, taint)))
}
