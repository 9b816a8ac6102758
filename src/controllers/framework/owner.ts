// Who controls an object: its one owner reference with `controller: true`.
import type { KubeObject } from '../../api/object.ts'
import type { OwnerReference } from '../../api/meta/v1.ts'
import type { Labels } from '../../apimachinery/labels/requirement.ts'
import type { Selector } from '../../apimachinery/labels/selector.ts'
import type { Lister } from '../../client/informers/informer.ts'

interface Owned {
  readonly metadata: { readonly namespace?: string; readonly labels?: Labels; readonly ownerReferences?: readonly OwnerReference[] }
}

export function controllerOf({ metadata }: Owned): OwnerReference | undefined {
  return metadata.ownerReferences?.find((reference) => reference.controller)
}

export const isControlledBy = (object: Owned, owner: KubeObject): boolean => controllerOf(object)?.uid === owner.metadata.uid

/** A reference that makes `owner` the controller, and lets foreground deletion of it wait for the dependent. */
export function controllerReference({ apiVersion, kind, metadata: { name, uid } }: KubeObject): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }
}

/** The key of an object's controller if that is of `kind` (group only, whatever the version). */
export function keyOfController(object: Owned, { group, kind }: { readonly group: string; readonly kind: string }): string | undefined {
  const reference = controllerOf(object)
  if (reference?.kind !== kind || groupOf(reference.apiVersion) !== group) return undefined
  return object.metadata.namespace ? `${object.metadata.namespace}/${reference.name}` : reference.name
}

/** The controller's key; of an orphan, the keys of all that could adopt it. */
export function keysOfPossibleControllers<T extends KubeObject>(
  object: Owned,
  owners: { readonly group: string; readonly kind: string; readonly lister: Lister<T>; selectorOf(owner: T): Selector },
): readonly string[] {
  if (controllerOf(object)) {
    const key = keyOfController(object, owners)
    return key === undefined ? [] : [key]
  }
  const { namespace = '', labels } = object.metadata
  if (!labels) return []
  return owners.lister
    .inNamespace(namespace)
    .filter((owner) => owners.selectorOf(owner).matches(labels))
    .map((owner) => `${namespace}/${owner.metadata.name}`)
}

export const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '')
