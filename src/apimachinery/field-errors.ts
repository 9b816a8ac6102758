// What is wrong with a field, in upstream's words. Source: k8s.io/apimachinery pkg/util/validation/field/errors.go.

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid'

export interface FieldError {
  readonly type: FieldErrorType
  /** `spec.containers[0].name`, `metadata.labels`. */
  readonly field: string
  readonly badValue?: unknown
  readonly detail: string
}
