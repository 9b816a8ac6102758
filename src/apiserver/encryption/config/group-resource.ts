// Resources as an EncryptionConfiguration names them. Source: k8s.io/apimachinery pkg/runtime/schema (ParseGroupResource).

export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** `deployments.apps` -> deployments in apps; `*.` -> everything of the core group. */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf('.')
  return dot < 0 ? { group: '', resource: text } : { resource: text.slice(0, dot), group: text.slice(dot + 1) }
}

/** As the file would name it. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  if (group === '') return resource === '*' ? '*.' : resource
  return `${resource}.${group}`
}

export const anyOfAnyGroup: GroupResource = { group: '*', resource: '*' }
export const anyOf = (group: string): GroupResource => ({ group, resource: '*' })
