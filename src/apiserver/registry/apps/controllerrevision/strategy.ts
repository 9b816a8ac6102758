// ControllerRevisions. Source: pkg/registry/apps/controllerrevision/strategy.go, pkg/apis/apps/validation/validation.go.
import type { ControllerRevision } from '../../../../api/apps/v1.ts'
import { type FieldError, required } from '../../../../apimachinery/field-errors.ts'
import { isObject } from '../../../../apimachinery/json-equal.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'

const validateRevision = ({ data, revision }: ControllerRevision): readonly FieldError[] => [
  ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
  ...nonNegative('revision', revision),
]

/** Asked of new ones only: what is stored may be older than this rule. */
const validateData = ({ data }: ControllerRevision): readonly FieldError[] =>
  data === undefined || data === null || isObject(data) ? [] : [required('data', 'data must be a valid JSON object')]

export const controllerRevisionStrategy: Strategy<ControllerRevision> = {
  allowUnconditionalUpdate: true,
  metadataChecksOnUpdate: ['changes', 'whole'],
  validate: (_, revision) => [...validateRevision(revision), ...validateData(revision)],
  validateUpdate: (_, revision, old) => [...validateRevision(revision), ...validateImmutable('data', revision.data, old.data)],
}
