import type { ObjectMeta } from './meta/v1.ts'

/** Any stored Kubernetes object, read-only: what informers hold and clients return. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

/** An object as a client sends it to be created: the server fills in the rest of the metadata. */
export type New<T> = T extends { metadata: infer M } ? Omit<T, 'metadata' | 'status'> & { readonly metadata: Partial<M>; readonly status?: unknown } : T

type Plain = string | number | boolean | bigint | symbol | null | undefined

/** The same type, changeable at every depth. Only code that owns its copy (strategies, mutating admission, defaulting) may use it. */
export type Mutable<T> = T extends Plain ? T : T extends readonly (infer E)[] ? Mutable<E>[] : { -readonly [K in keyof T]: Mutable<T[K]> }

/** `namespace/name`; `name` alone for cluster-scoped objects. The key of workqueues, listers and logs. */
export function keyOf(object: { readonly metadata: { readonly name: string; readonly namespace?: string } }): string {
  const { namespace, name } = object.metadata
  return namespace ? `${namespace}/${name}` : name
}

/** The reverse of {@link keyOf}; namespace is '' for cluster-scoped objects. */
export function splitKey(key: string): { namespace: string; name: string } {
  const at = key.indexOf('/')
  return at < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, at), name: key.slice(at + 1) }
}
