// What a request is about, once routed: a resource in one of its versions, and the store behind it.
import type { ResourceFacts } from '../../api/resource-facts.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { ResourceStore } from '../registry/generic/store.ts'
import { apiVersionOf } from '../registry/generic/stored-resource.ts'
import type { VersionConversion } from '../registry/generic/conversions.ts'

export interface Scope {
  /** In the version of the request. */
  readonly facts: ResourceFacts
  readonly store: ResourceStore
  /** Between the request's version and the stored one; undefined: they are the same. */
  readonly conversion: VersionConversion | undefined
}

export const apiVersion = ({ facts }: Scope) => apiVersionOf(facts)

/** @param object the caller's own; the result may share with it */
export function toStored({ conversion }: Scope, object: Mutable<KubeObject>): Mutable<KubeObject> {
  return conversion ? conversion.toStored(object) : object
}

/** @param object read only; the result may share with it */
export function fromStored({ conversion }: Scope, object: KubeObject): KubeObject {
  return conversion ? conversion.fromStored(object) : object
}
