// Resources that are one under several names: the same objects in other versions or groups. A rule about one is, with matchPolicy
// Equivalent, about all. Source: k8s.io/apimachinery pkg/runtime/mapper.go (EquivalentResourceMapper).
import type { KubeObject } from '../../api/object.ts'
import { resourceFacts } from '../../api/resource-facts.ts'
import type { AdmissionAttributes } from '../admission/admission.ts'
import type { Scope } from '../endpoints/scope.ts'

type Resource = AdmissionAttributes['resource']
type Kind = AdmissionAttributes['kind']

export interface Equivalents {
  /** Every other name, with the kind that its objects are then. */
  of(resource: Resource, subresource: string): readonly { readonly resource: Resource; readonly kind: Kind }[]
  /** The object as that resource has it; itself where it is so already. */
  as(object: KubeObject, resource: Resource): KubeObject
}

export const noEquivalents: Equivalents = { of: () => [], as: (object) => object }

const idOf = ({ group, version, plural }: Resource) => (group ? `${group}/${version}/${plural}` : `${version}/${plural}`)

/** @param scopeOf of `group/version/plural`; asked when first needed. Admission sees objects in the version that is stored. */
export function newEquivalents(scopeOf: (id: string) => Scope | undefined): Equivalents {
  let known: ReadonlyMap<string, readonly string[]> | undefined
  const byStored = () =>
    (known ??= Map.groupBy(
      [...resourceFacts.keys()].filter((id) => scopeOf(id)?.conversion),
      (id) => idOf(scopeOf(id)!.store.resource),
    ))
  return {
    of: (resource, subresource) =>
      (byStored().get(idOf(resource)) ?? []).map((id) => {
        const { group, version, plural, kind, subresources } = resourceFacts.get(id)!
        const part = subresource ? subresources?.[subresource] : undefined
        return {
          resource: { group, version, plural },
          kind: { group: part?.group ?? group, version: part?.version ?? version, kind: part?.kind ?? kind },
        }
      }),
    as: (object, resource) => scopeOf(idOf(resource))?.conversion?.fromStored(object) ?? object,
  }
}
