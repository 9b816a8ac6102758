// Names of resources and wildcards, and where they overlap.
import { type FieldError, invalid } from '../../../apimachinery/field-errors.ts'
import { parseGroupResource } from './group-resource.ts'

/** Kept in the store without an API of their own. */
const withoutApi: ReadonlySet<string> = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations'])

export function validateResources(names: readonly string[], path: string): FieldError[] {
  return [
    ...overlaps(names, path),
    ...names.flatMap((name, index) => {
      const detail = wrongWithName(name)
      return detail ? [invalid(`${path}[${index}]`, name, detail)] : []
    }),
  ]
}

/** Within one list: between lists the order decides, which is checked when they are put together. */
function overlaps(names: readonly string[], path: string): FieldError[] {
  const parsed = names.map(parseGroupResource)
  const pairs = parsed.flatMap((one, index) => parsed.slice(index + 1).map((other) => [one, other] as const))
  const equal = pairs.some(([a, b]) => a.group === b.group && a.resource === b.resource)
  const masked = pairs.some(([a, b]) => {
    if ([a, b].some(({ group, resource }) => group === '*' && resource === '*')) return true
    return a.group === b.group && (a.resource === '*' || b.resource === '*')
  })
  const masking = "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"
  return [...(equal ? [invalid(path, names, 'the same resource cannot be specified multiple times')] : []), ...(masked ? [invalid(path, names, masking)] : [])]
}

function wrongWithName(name: string): string | undefined {
  if (name.toLowerCase() !== name) return 'resource name should not contain capital letters'
  if (name === '*') return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
  if (withoutApi.has(name)) return 'resources which do not have REST API/s cannot be encrypted'
  const { group, resource } = parseGroupResource(name)
  if (group === 'events.k8s.io') {
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
  }
  if (group === 'extensions') return "'extensions' group has been removed and cannot be used for encryption"
  if (group === '*' && resource !== '*') return 'encrypting the same resource across groups is not supported'
  return undefined
}
