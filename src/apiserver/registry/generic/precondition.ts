// Source: k8s.io/apiserver pkg/storage/interfaces.go (Preconditions.Check), pkg/storage/errors.go.
import { type ApiError, conflict, type Resource } from '../../../apimachinery/api-error.ts'

/** 409, in the words of upstream's store. @param key where the object is stored */
export function preconditionFailed(resource: Resource, name: string, key: string, what: 'UID' | 'ResourceVersion', wanted: string, found: string): ApiError {
  const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`
  return conflict(resource, name, `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`)
}
