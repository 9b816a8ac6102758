// Deleting one object: graceful, held by finalizers, or at once.
// Source: k8s.io/apiserver pkg/registry/generic/registry/store.go (Delete, updateForGracefulDeletionAndFinalizers).
import { conflict, notFound } from '../../../apimachinery/api-error.ts'
import { invalid, newInvalid, notSupported, type FieldError } from '../../../apimachinery/field-errors.ts'
import { jsonEqual } from '../../../apimachinery/json-equal.ts'
import { validateDryRun } from '../../../apimachinery/validation/object-meta.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { KeyValue, Storage } from '../../../storage/storage.ts'
import type { Clock } from '../../../util/clock.ts'
import type { TimePart } from '../../audit/audit-trail.ts'
import type { AdmissionAttributes, AdmissionOperation } from '../../admission/admission.ts'
import { Entry } from '../../cacher/entry.ts'
import type { AdmissionChain } from './admission-chain.ts'
import { finalizersAfterDelete } from './finalizers.ts'
import { beforeDelete, checkPreconditions, type DeleteOptions, markAsDeleting } from './graceful-deletion.ts'
import { checkKeyName } from './keys.ts'
import { checkNamespacePreconditions, markNamespace } from './namespace-deletion.ts'
import type { WriteContext } from './store-context.ts'
import type { StoredResource } from './stored-resource.ts'
import type { Strategy } from './strategy.ts'

export interface DeleteOutcome {
  /** The last state: what was deleted, or what is now marked. */
  readonly object: KubeObject
  readonly entry: Entry | undefined
  /** The answer is the object, not a Status. */
  readonly answerObject: boolean
  readonly gone: boolean
}

/** Resources whose delete answers the object instead of a Status (ReturnDeletedObject). */
const returnsObject: ReadonlySet<string> = new Set([
  'namespaces',
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumes',
  'persistentvolumeclaims',
  'podtemplates',
  'resourcequotas',
  'resource.k8s.io/deviceclasses',
  'resource.k8s.io/resourceclaims',
  'resource.k8s.io/resourceclaimtemplates',
  'resource.k8s.io/resourceslices',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/storageclasses',
  'storage.k8s.io/volumeattachments',
  'storage.k8s.io/volumeattributesclasses',
])

const attemptsMax = 1000

/** @throws {ApiError} 422 */
export function validateDeleteOptions({ propagationPolicy, orphanDependents, dryRun = [] }: DeleteOptions): void {
  const errors: FieldError[] = []
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    errors.push(invalid('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'))
  }
  if (propagationPolicy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']))
  }
  errors.push(...validateDryRun('dryRun', dryRun))
  if (errors.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
}

/** What deleting needs of a resource's store. */
interface DeletingStore {
  readonly resource: StoredResource
  readonly strategy: Strategy
  readonly admission: AdmissionChain
  readonly storage: Pick<Storage, 'delete'>
  readonly clock: Clock
  keyOf(namespace: string, name: string): string
  read(key: string): Promise<Entry | undefined>
  replace(key: string, object: KubeObject, expectedRevision: number, time?: TimePart): Promise<Entry | { readonly current: KeyValue | undefined }>
  canonical(object: KubeObject): KubeObject
  attributes(context: WriteContext, operation: AdmissionOperation, oldObject: KubeObject | undefined): AdmissionAttributes
}

export async function deleteObject(store: DeletingStore, context: WriteContext, name: string, options: DeleteOptions): Promise<DeleteOutcome> {
  const key = store.keyOf(context.namespace, name)
  let lastMarked: Entry | undefined
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    context.signal.throwIfAborted()
    const live = await store.read(key)
    if (!live) {
      // Marked by this request and then removed by its keeper: that is success.
      if (lastMarked) return gone(store, lastMarked.object() as unknown as KubeObject, lastMarked)
      checkKeyName(name)
      throw notFound(store.resource, name)
    }
    const outcome = await deleteOnce(store, context, live, options, (marked) => (lastMarked = marked))
    if (outcome) return outcome
  }
  throw conflict(store.resource, name, 'the object has been modified; please apply your changes to the latest version and try again')
}

async function deleteOnce(
  store: DeletingStore,
  context: WriteContext,
  live: Entry,
  options: DeleteOptions,
  onMarked: (entry: Entry) => void,
): Promise<DeleteOutcome | undefined> {
  const old = live.object() as unknown as KubeObject
  validateDeleteOptions(options)
  if (isNamespaces(store)) checkNamespacePreconditions(old, options)
  else checkPreconditions(store.resource.group, store.resource.kind, old, options)
  const attributes = store.attributes(context, 'DELETE', old)
  await store.admission.admit({ ...attributes, object: undefined })
  await store.admission.validate({ ...attributes, object: undefined })
  const object = live.copy() as unknown as Mutable<KubeObject>
  const plan = decide(store, object, options)
  if (plan === 'pending') return kept(old, live, returnsObject.has(resourceName(store)))
  if (plan === 'delete') return remove(store, context, live)
  // Asked again while it is going: nothing changes, nothing is written, watchers see nothing.
  if (plan === 'keep' && old.metadata.deletionTimestamp && jsonEqual(object, old)) return kept(old, live, true)
  const canonical = store.canonical(object)
  const mustStay = plan === 'keep'
  if (context.dryRun) return mustStay ? kept(canonical, undefined, true) : gone(store, canonical, undefined)
  const marked = await store.replace(live.key, object, live.revision, context.time)
  if (!(marked instanceof Entry)) return undefined
  if (mustStay) return kept(marked.object() as unknown as KubeObject, marked, true)
  onMarked(marked)
  return remove(store, context, marked)
}

const isNamespaces = ({ resource: { group, plural } }: DeletingStore) => group === '' && plural === 'namespaces'

const resourceName = ({ resource: { group, plural } }: DeletingStore) => (group ? `${group}/${plural}` : plural)

/** `keep`: write the mark, something else removes it. `mark`: write the mark, then delete. `delete`: at once. */
function decide(store: DeletingStore, object: Mutable<KubeObject>, options: DeleteOptions): 'pending' | 'delete' | 'mark' | 'keep' {
  const now = store.clock.now()
  if (isNamespaces(store) && markNamespace(object, options, now)) return 'keep'
  const grace = beforeDelete(store.strategy, object, options, now)
  if (grace.kind === 'pending') return 'pending'
  const finalizers = finalizersAfterDelete(object.metadata.finalizers ?? [], options, store.strategy.defaultPropagation)
  if (finalizers) object.metadata.finalizers = [...finalizers]
  const held = Boolean(object.metadata.finalizers?.length)
  if (grace.kind === 'graceful') return held || grace.seconds > 0 ? 'keep' : 'mark'
  if (!held) return 'delete'
  markAsDeleting(object, now)
  return 'keep'
}

async function remove(store: DeletingStore, context: WriteContext, live: Entry): Promise<DeleteOutcome | undefined> {
  const object = live.object() as unknown as KubeObject
  if (context.dryRun) return gone(store, object, live)
  const stored = context.time?.('etcd')
  const result = await store.storage.delete(live.key, live.revision)
  stored?.()
  if (!result.ok) return undefined
  await store.strategy.afterDelete?.(object)
  return gone(store, object, live.at(result.revision))
}

function kept(object: KubeObject, entry: Entry | undefined, answerObject: boolean): DeleteOutcome {
  return { object, entry, answerObject, gone: false }
}

function gone(store: DeletingStore, object: KubeObject, entry: Entry | undefined): DeleteOutcome {
  return {
    // Decoded only for who asks.
    get object() {
      return (entry?.object() as unknown as KubeObject | undefined) ?? object
    },
    entry,
    answerObject: returnsObject.has(resourceName(store)),
    gone: true,
  }
}
