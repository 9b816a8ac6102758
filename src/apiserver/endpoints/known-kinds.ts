// What a body may call itself: the kinds that can be decoded, and the ways to write an apiVersion.
// Source: k8s.io/apimachinery pkg/runtime/{scheme,schema}, pkg/apis/meta/v1/register.go.
import { apiVersionOf } from '../registry/generic/stored-resource.ts'
import { resourceFacts } from '../../api/resource-facts.ts'
import { schema } from '../../api/schema.ts'

interface GroupVersion {
  readonly group: string
  readonly version: string
}

/** Group versions that are no longer served, but that clients may still send: known to the scheme, so the refusal names the version. */
const retiredGroupVersions: ReadonlySet<string> = new Set([
  'apps/v1beta1',
  'apps/v1beta2',
  'extensions/v1beta1',
  'batch/v1beta1',
  'policy/v1beta1',
  'networking.k8s.io/v1beta1',
  'autoscaling/v2beta1',
  'autoscaling/v2beta2',
  'rbac.authorization.k8s.io/v1alpha1',
  'rbac.authorization.k8s.io/v1beta1',
  'storage.k8s.io/v1beta1',
  'scheduling.k8s.io/v1beta1',
  'events.k8s.io/v1beta1',
  'discovery.k8s.io/v1beta1',
  'coordination.k8s.io/v1beta1',
])

export const isRetired = (apiVersion: string) => retiredGroupVersions.has(apiVersion)

/** `group/version/kind` of everything that can be decoded. */
const registered: ReadonlySet<string> = new Set([
  ...[...schema.values()].flatMap(({ gvk }) => (gvk ? [`${apiVersionOf(gvk)}/${gvk.kind}`] : [])),
  ...[...resourceFacts.values()].flatMap((facts) => [`${apiVersionOf(facts)}/${facts.kind}`, `${apiVersionOf(facts)}/${facts.kind}List`]),
])
const registeredVersions: ReadonlySet<string> = new Set([...[...registered].map((key) => key.slice(0, key.lastIndexOf('/'))), ...retiredGroupVersions])

const metaKinds = (belongs: (type: { readonly everyGroupVersion?: boolean; readonly unversioned?: boolean }) => boolean | undefined): ReadonlySet<string> =>
  new Set([...schema].flatMap(([name, type]) => (belongs(type) ? [name.slice(name.lastIndexOf('.') + 1)] : [])))
/** Every group version has these: options, WatchEvent. */
const kindsOfEveryVersion = metaKinds(({ everyGroupVersion }) => everyGroupVersion)
/** Found whatever the version: Status, APIGroup and the like. */
const unversionedKinds = metaKinds(({ unversioned }) => unversioned)

export const isRegistered = (apiVersion: string, kind: string) =>
  registered.has(`${apiVersion}/${kind}`) || unversionedKinds.has(kind) || (kindsOfEveryVersion.has(kind) && registeredVersions.has(apiVersion))

/** The Go type of a registered kind, as conversion errors name it. */
export function goTypeOf(apiVersion: string, kind: string): string {
  const version = unversionedKinds.has(kind) || kindsOfEveryVersion.has(kind) ? 'v1' : apiVersion.slice(apiVersion.indexOf('/') + 1)
  return `${version}.${kind}`
}

/**
 * An apiVersion as upstream reads it: `/v1` is `v1`, and what is left out is that of the request (all of it, or the version of its group).
 * @see parseGroupVersion in k8s.io/apimachinery pkg/runtime/schema, gvkWithDefaults in pkg/runtime/serializer/json
 */
export function canonicalApiVersion(apiVersion: string, expected: GroupVersion): string {
  const slash = apiVersion.indexOf('/')
  if (apiVersion === '' || apiVersion === '/') return apiVersionOf(expected)
  if (slash !== apiVersion.lastIndexOf('/')) return apiVersion
  if (slash === 0) return apiVersion.slice(1)
  return apiVersion === `${expected.group}/` ? apiVersionOf(expected) : apiVersion
}
