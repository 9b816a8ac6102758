// The parameters that a binding gives to its policy. Source: k8s.io/apiserver pkg/admission/plugin/policy/generic/policy_dispatcher.go
// (CollectParams).
import { apiVersionOf } from '../registry/generic/stored-resource.ts'
import type { ParamKind, ParamRef } from '../../api/admissionregistration/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { resourceFacts } from '../../api/resource-facts.ts'
import { selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import type { StoreLister, StoreListers } from '../registry/generic/store-lister.ts'

/** The objects of one kind. */
export interface ParamStore {
  readonly namespaced: boolean
  readonly objects: StoreLister<KubeObject>
}

/** Finds the objects of a kind, of whatever making; undefined: there is no such kind. */
export type FindParams = (kind: ParamKind) => Promise<ParamStore | undefined>

/** Kinds that this server stores. */
export function storedParams(listers: Pick<StoreListers, 'later'>): FindParams {
  return async ({ apiVersion, kind }) => {
    const found = [...resourceFacts].find(([, facts]) => facts.kind === kind && facts.storageVersion !== undefined && apiVersion === apiVersionOf(facts))
    const objects = found && (await listers.later(found[0]))
    return objects && { namespaced: found[1].namespaced, objects }
  }
}

/** What is wrong with how a policy is configured; failurePolicy decides what that means. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** As Go prints a GroupVersionKind. */
function printKind({ apiVersion = '', kind }: ParamKind): string {
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`
}

/** @throws {ConfigurationError} */
export async function paramStoreOf(kind: ParamKind, find: FindParams): Promise<ParamStore> {
  const store = await find(kind)
  if (!store) throw new ConfigurationError(`failed to find resource referenced by paramKind: '${printKind(kind)}'`)
  return store
}

function selected({ namespaced, objects }: ParamStore, { name, namespace, selector }: ParamRef, requestNamespace: string): readonly KubeObject[] {
  if (!namespaced && namespace) throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  const within = namespace || requestNamespace
  if (namespaced && !within) throw new ConfigurationError('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
  if (name) return [objects.get(namespaced ? `${within}/${name}` : name) ?? []].flat()
  const wanted = selectorFromObject(selector)
  return (namespaced ? objects.inNamespace(within) : objects.all()).filter(({ metadata }) => wanted.matches(metadata.labels ?? {}))
}

/**
 * @param store of the policy's kind of parameters; undefined: it has none
 * @returns one for each time that the policy is to be asked; undefined: without a parameter
 * @throws {ConfigurationError}
 */
export function collectParams(store: ParamStore | undefined, ref: ParamRef | undefined, requestNamespace: string): readonly (KubeObject | undefined)[] {
  if (!store || !ref) return [undefined]
  const params = selected(store, ref, requestNamespace)
  if (params.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction')
  }
  return params
}
