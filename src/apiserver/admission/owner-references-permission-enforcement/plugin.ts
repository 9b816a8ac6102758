// Who changes an object's owners lets the garbage collector delete it, so needs the right to delete it; who makes the owner wait
// for the object needs the right to set the owner's finalizers. Source: plugin/pkg/admission/gc/gc_admission.go.
import type { KubeObject } from '../../../api/object.ts'
import { resourceFacts, type ResourceFacts } from '../../../api/resource-facts.ts'
import { splitApiVersion } from '../../../apimachinery/codec/find-type.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { semanticEqual } from '../../../apimachinery/json-equal.ts'
import type { Attributes, Authorizer } from '../../authz/authorizer.ts'
import { ask, type Questions } from '../../authz/questions.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

type OwnerReference = NonNullable<KubeObject['metadata']['ownerReferences']>[number]

const ownersOf = (object: KubeObject | undefined): readonly OwnerReference[] => object?.metadata?.ownerReferences ?? []

/** Every served resource of a kind. @returns undefined when the kind is not known */
function resourcesOf({ apiVersion, kind }: OwnerReference): readonly ResourceFacts[] | undefined {
  const { group, version } = splitApiVersion(apiVersion)
  const found = [...resourceFacts.values()].filter((facts) => facts.group === group && facts.version === version && facts.kind === kind)
  return found.length ? found : undefined
}

/** Blocking references that were not there, or did not block, before. */
function newlyBlocking({ object, oldObject }: ValidatingAttributes): readonly OwnerReference[] {
  const before = new Set(
    ownersOf(oldObject)
      .filter(({ blockOwnerDeletion }) => blockOwnerDeletion)
      .map(({ uid }) => uid),
  )
  return ownersOf(object).filter(({ blockOwnerDeletion, uid }) => blockOwnerDeletion && !before.has(uid))
}

/** @returns what Go prints of the decision; undefined: allowed */
function* refusal(
  attributes: ValidatingAttributes,
  wanted: Pick<Attributes, 'verb' | 'apiGroup' | 'apiVersion' | 'resource' | 'subresource' | 'name'>,
): Questions<string | undefined> {
  const { user, namespace } = attributes
  const { outcome, reason, error } = yield { ...wanted, user, namespace, isResourceRequest: true, path: '' }
  return outcome === 'allow' ? undefined : `${reason}, ${error ?? '<nil>'}`
}

function* checkOwner(attributes: ValidatingAttributes, owner: OwnerReference): Questions<void> {
  const resources = resourcesOf(owner)
  if (!resources) {
    const { apiVersion, kind } = owner
    const unknown = `no matches for kind ${goQuote(kind)} in version ${goQuote(apiVersion)}`
    throw refuse(attributes, `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: ${unknown}`)
  }
  for (const { group, version, plural } of resources) {
    const finalizers = { verb: 'update', apiGroup: group, apiVersion: version, resource: plural, subresource: 'finalizers', name: owner.name }
    const why = yield* refusal(attributes, finalizers)
    if (why === undefined) continue
    throw refuse(attributes, `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${why}`)
  }
}

function* checkOwners(attributes: ValidatingAttributes): Questions<void> {
  const { resource, subresource, name, operation } = attributes
  if (operation !== 'CREATE') {
    const { group: apiGroup, version: apiVersion, plural } = resource
    const why = yield* refusal(attributes, { verb: 'delete', apiGroup, apiVersion, resource: plural, subresource, name })
    if (why !== undefined) throw refuse(attributes, `cannot set an ownerRef on a resource you can't delete: ${why}`)
  }
  for (const owner of newlyBlocking(attributes)) yield* checkOwner(attributes, owner)
}

export function newOwnerReferencesPermissionEnforcement(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    validate(attributes) {
      const { resource, subresource, object, oldObject } = attributes
      // Old kubelets corrupt owners here; the strategy keeps them.
      if (resource.group === '' && resource.plural === 'pods' && subresource === 'status') return
      if (semanticEqual(ownersOf(object), ownersOf(oldObject))) return
      return ask(authorizer, checkOwners(attributes))
    },
  }
}
