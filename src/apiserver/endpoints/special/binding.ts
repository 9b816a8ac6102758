// pods/binding, and its older form bindings: the scheduler's decision. Source: kubernetes pkg/registry/core/pod/storage/storage.go.
import { ApiError, badRequest, conflict, type Resource } from '../../../apimachinery/api-error.ts'
import { aggregate, type FieldError, notSupported, required } from '../../../apimachinery/field-errors.ts'
import type { Binding, Pod } from '../../../api/core/v1.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { preconditionFailed } from '../../registry/generic/precondition.ts'
import type { SubresourceHandler } from '../deps.ts'
import { writeContext } from '../write-context.ts'
import { changeStored, done, readPosted, subresourceKind } from './posted.ts'
import { setPodCondition } from './pod-condition.ts'

export const createBinding: SubresourceHandler = async (request, { deps }) => {
  const { info } = request
  const {
    object: binding,
    query,
    negotiated,
  } = await readPosted<Mutable<Binding>>(deps, request, subresourceKind('v1/pods', 'binding'), { systemFields: true })
  const name = info.subresource ? info.name : (binding.metadata.name ?? '')
  const store = deps.registry.store('v1/pods')!
  const context = { ...writeContext(deps, request, { name, dryRun: query.dryRun, options: query.options }), subresource: 'binding' }
  const attributes = { ...store.attributes(context, 'CREATE', undefined), kind: { group: '', version: 'v1', kind: 'Binding' } }
  const posted = binding as unknown as Mutable<KubeObject>
  await store.admission.admit({ ...attributes, object: posted })
  if ((binding.metadata.name ?? '') !== name) throw badRequest('name in URL does not match name in Binding object')
  const errors = validate(binding)
  if (errors.length > 0) throw new ApiError('', aggregate(errors), { code: 500 })
  await store.admission.validate({ ...attributes, object: posted })
  if (name === '') throw badRequest('Name parameter required.')
  const key = store.keyOf(info.namespace, name)
  await changeStored<Pod>(
    store,
    info.namespace,
    name,
    (pod) => {
      checkPrecondition(store.resource, key, pod, binding)
      assign(pod, binding, deps.clock.now())
    },
    query.dryRun,
  )
  return done(deps, request, negotiated)
}

function validate({ target }: Binding): readonly FieldError[] {
  const errors: FieldError[] = []
  if (target?.kind && target.kind !== 'Node') errors.push(notSupported('target.kind', target.kind, ['Node', '<empty>']))
  if (!target?.name) errors.push(required('target.name'))
  return errors
}

/** A binding may say which pod it means. @throws {ApiError} 409 */
function checkPrecondition(resource: Resource, key: string, pod: Pod, { metadata: { uid, resourceVersion } }: Binding): void {
  const { name, uid: foundUid = '', resourceVersion: foundVersion = '' } = pod.metadata
  if (uid && uid !== foundUid) throw preconditionFailed(resource, name, key, 'UID', uid, foundUid)
  if (resourceVersion && resourceVersion !== foundVersion) throw preconditionFailed(resource, name, key, 'ResourceVersion', resourceVersion, foundVersion)
}

function assign(pod: Mutable<Pod>, { target, metadata }: Binding, nowMs: number): void {
  const { name } = pod.metadata
  const refuse = (why: string) => conflict({ group: '', plural: 'pods/binding' }, name, why)
  if (pod.metadata.deletionTimestamp) throw refuse(`pod ${name} is being deleted, cannot be assigned to a host`)
  if (pod.spec.nodeName) throw refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`)
  if (pod.spec.schedulingGates?.length) throw refuse(`pod ${name} has non-empty .spec.schedulingGates`)
  pod.spec.nodeName = target.name!
  if (metadata.annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...metadata.annotations }
  // Labels of the binding win: the node's topology is nobody's choice.
  if (metadata.labels) pod.metadata.labels = { ...pod.metadata.labels, ...metadata.labels }
  if (pod.status) delete pod.status.nominatedNodeName
  setPodCondition(pod, { type: 'PodScheduled', status: 'True' }, nowMs)
}
