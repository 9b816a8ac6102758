// Where objects live in the store: upstream's etcd layout, so that its tools (and upstream itself) find what they expect.
// Source: pkg/kubeapiserver/default_storage_factory_builder.go, k8s.io/apiserver pkg/registry/generic/registry/store.go.
import { badRequest } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { isPathSegmentName } from '../../../apimachinery/validation/names.ts'

interface Resource {
  readonly group: string
  readonly plural: string
}

const root = '/registry/'

/** Built-in resources are stored under their plural name alone; these differ. */
const special: ReadonlyMap<string, string> = new Map([
  ['replicationcontrollers', 'controllers'],
  ['endpoints', 'services/endpoints'],
  ['services', 'services/specs'],
  ['nodes', 'minions'],
  ['networking.k8s.io/ingresses', 'ingress'],
])

/** Groups whose servers are separate inside kube-apiserver store under group and plural. */
const groupsWithOwnServer: ReadonlySet<string> = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io'])

/** `/registry/pods/`: every key of the resource begins with it. */
export function resourcePrefix({ group, plural }: Resource): string {
  const name = group ? `${group}/${plural}` : plural
  return `${root}${special.get(name) ?? (groupsWithOwnServer.has(group) ? name : plural)}/`
}

/** Key of an object, or prefix of a namespace (`name` left out) under a resource's prefix. */
export function keyUnder(prefix: string, namespace: string, name?: string): string {
  const scope = namespace ? `${prefix}${namespace}/` : prefix
  return name === undefined ? scope : scope + name
}

/** @throws {ApiError} 400 for a name that no key can end in. Source: registry/store.go NamespaceKeyFunc */
export function checkKeyName(name: string): void {
  const messages = isPathSegmentName(name)
  if (messages.length > 0) throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${messages.join(';')}`)
}
