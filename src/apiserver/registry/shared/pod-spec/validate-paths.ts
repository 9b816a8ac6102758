// Paths inside volumes and on nodes.
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'

/** No element is `..`. */
export const validateNoBacksteps = (field: string, path: string): readonly FieldError[] =>
  path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : []

/** Relative, and stays below where it starts. */
export const validateDescendingPath = (field: string, path: string): readonly FieldError[] => [
  ...(path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : []),
  ...validateNoBacksteps(field, path),
]

/** {@link validateDescendingPath}, and not one of the kubelet's own names (`..data`). */
export const validateLocalPath = (field: string, path: string): readonly FieldError[] => [
  ...validateDescendingPath(field, path),
  ...(path.startsWith('..') && !path.startsWith('../') ? [invalid(field, path, "must not start with '..'")] : []),
]

const fileModeMax = 0o777
export const validateFileMode = (field: string, mode: number | undefined): readonly FieldError[] =>
  mode !== undefined && (mode < 0 || mode > fileModeMax) ? [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')] : []
