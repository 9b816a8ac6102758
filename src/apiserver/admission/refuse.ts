import { type ApiError, forbidden } from '../../apimachinery/api-error.ts'
import type { Input, ValidatingAttributes } from './admission.ts'

type Refused = Pick<ValidatingAttributes, 'name' | 'resource' | 'object'>

/** What messages call the object: names are generated after mutating admission. */
export function nameOf({ name, object }: Refused): string {
  return name || object?.metadata.name || object?.metadata.generateName || 'Unknown'
}

/** The Forbidden that a plugin answers. Source: k8s.io/apiserver pkg/admission/errors.go (NewForbidden). */
export function refuse(attributes: Refused, why: string): ApiError {
  return forbidden(attributes.resource, nameOf(attributes), why)
}

/** As Go prints several errors as one; each only once. */
export function several(messages: readonly string[]): string {
  const distinct = [...new Set(messages)]
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`
}

const none: readonly Input[] = []

/** The inputs of a plugin that looks at some resources only: objects of others pass it by. @param ids as of {@link concerns} */
export const passesOthers =
  (...ids: readonly string[]) =>
  (attributes: Pick<ValidatingAttributes, 'resource' | 'subresource'>): readonly Input[] | undefined =>
    ids.some((id) => concerns(attributes, id)) ? undefined : none

/** Whether a request is about a resource (with its subresource, by default none). @param id `group/plural`, core: `pods` */
export function concerns({ resource, subresource }: Pick<ValidatingAttributes, 'resource' | 'subresource'>, id: string, sub = ''): boolean {
  return subresource === sub && (resource.group ? `${resource.group}/${resource.plural}` : resource.plural) === id
}
