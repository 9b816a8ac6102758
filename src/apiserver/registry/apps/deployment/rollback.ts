// The revision to go back to, which apps/v1 shows as an annotation only. Nobody acts on it any more.
// Source: pkg/apis/apps/v1/conversion.go (Deployment), pkg/apis/apps/validation/validation.go (ValidateRollback).
import type { Deployment } from '../../../../api/apps/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { badRequest } from '../../../../apimachinery/api-error.ts'
import type { FieldError } from '../../../../apimachinery/field-errors.ts'
import { parseInt64, parseIntError } from '../../../../apimachinery/strconv.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'

const key = 'deprecated.deployment.rollback.to'

/** Written as a number is; an empty text is as good as none. @throws {ApiError} 400 when it is no integer of 64 bits */
export function rollbackDefaults({ metadata }: Mutable<Deployment>): void {
  const text = metadata.annotations?.[key]
  if (text === undefined) return
  const { [key]: _, ...others } = metadata.annotations!
  if (text === '') {
    metadata.annotations = others
    return
  }
  const revision = parseInt64(text)
  if (revision === undefined) {
    const problem = `failed to parse annotation[${key}]=${text} as int64: ${parseIntError(text)}`
    throw badRequest(`Deployment in version "v1" cannot be handled as a Deployment: ${problem}`)
  }
  metadata.annotations = { ...others, [key]: String(revision) }
}

/** @param deployment after {@link rollbackDefaults} */
export const validateRollback = ({ metadata }: Deployment): readonly FieldError[] =>
  nonNegative('spec.rollback.version', Number(metadata.annotations?.[key] ?? 0))
