// Counters in the status of workloads. Source: pkg/apis/apps/validation/validation.go (Validate*Status).
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { isNegative } from '../pod-spec/invalid-values.ts'

type Counters = { readonly [name: string]: unknown } | undefined

const count = (status: object | undefined, name: string) => ((status as Counters)?.[name] as number | undefined) ?? 0

/** None of the named members is negative. */
export const validateCounters = (field: string, status: object | undefined, names: readonly string[]): readonly FieldError[] =>
  names.filter((name) => count(status, name) < 0).map((name) => invalid(`${field}.${name}`, count(status, name), isNegative))

/** None of the named members is more than `most`. @param detail how upstream calls the limit in this kind */
export const validateAtMost = (
  status: object | undefined,
  most: string,
  names: readonly string[],
  detail = `cannot be greater than status.${most}`,
): readonly FieldError[] =>
  names.filter((name) => count(status, name) > count(status, most)).map((name) => invalid(`status.${name}`, count(status, name), detail))

/** A collision count only grows: revisions that were tried are not tried again. */
export function validateCollisionCount(status: object | undefined, old: object | undefined): readonly FieldError[] {
  const before = (old as Counters)?.['collisionCount'] as number | undefined
  return before !== undefined && count(status, 'collisionCount') < before
    ? [invalid('status.collisionCount', count(status, 'collisionCount'), 'cannot be decremented')]
    : []
}
