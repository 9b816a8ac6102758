// ControllerRevisions. Source: pkg/registry/apps/controllerrevision/strategy.go, pkg/apis/apps/validation/validation.go.
import type { ControllerRevision } from '../../../../api/apps/v1.ts'
import { type FieldError, required } from '../../../../apimachinery/field-errors.ts'
import { isObject } from '../../../../apimachinery/json-equal.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'

function validateData(data: unknown): readonly FieldError[] {
  if (data === undefined || data === null) return [required('data', 'data is mandatory')]
  return isObject(data) ? [] : [required('data', 'data must be a valid JSON object')]
}

export const controllerRevisionStrategy: Strategy<ControllerRevision> = {
  allowUnconditionalUpdate: true,
  validate: (_, { data, revision }) => [...validateData(data), ...nonNegative('revision', revision)],
  validateUpdate: (_, { data, revision }, old) => [...nonNegative('revision', revision), ...validateImmutable('data', data, old.data)],
}
