// The metadata of an object that a client posts. Source: k8s.io/apiserver pkg/registry/rest/meta.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'

/** What only the server says of an object: sent by a client, it is nobody's field. */
export function wipeSystemFields(object: Mutable<KubeObject>): void {
  const metadata: Partial<Mutable<KubeObject['metadata']>> = object.metadata
  delete metadata.creationTimestamp
  delete metadata.uid
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.selfLink
}

/** @param namespace of the path. @throws {ApiError} 400 when body and path disagree */
export function checkNamespace({ namespaced }: { readonly namespaced: boolean }, namespace: string, { metadata }: Mutable<KubeObject>): void {
  if (!namespaced) {
    delete metadata.namespace
    return
  }
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  metadata.namespace = namespace
}
