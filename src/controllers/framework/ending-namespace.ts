import { ApiError, isNotFound } from '../../apimachinery/api-error.ts'

/** The namespace is being deleted: nothing can be created there, and nothing needs to be. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof ApiError && error.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') === true

/** The result of a creation; undefined when the namespace is gone or going. */
export async function ignoringEndingNamespace<T>(creation: Promise<T>): Promise<T | undefined> {
  try {
    return await creation
  } catch (error) {
    if (isNotFound(error) || isNamespaceTerminating(error)) return undefined
    throw error
  }
}
