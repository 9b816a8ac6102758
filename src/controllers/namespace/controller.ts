import type { Namespace } from '../../api/core/v1.ts'
import { namespaces, pods } from '../../api/resources.ts'
import { isConflict, isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange, onDelete } from '../framework/controller.ts'
import { type Result, done, requeueAfter } from '../framework/result.ts'
import { conditionsOf } from './conditions.ts'
import { deleteContent } from './delete-content.ts'

/** While spec.finalizers holds it, the API server keeps the namespace. */
const finalizer = 'kubernetes'

/** Empties namespaces that are being deleted, then lets them go. */
export function newNamespaceController(context: ControllerContext): Controller {
  const { client, informers, clock } = context
  const spaces = informers.for(namespaces)
  const terminating = (name: string) => (spaces.lister.get(name)?.metadata.deletionTimestamp ? name : undefined)

  return controller('namespace-controller', context, {
    watches: [
      onChange(spaces, (namespace) => (namespace.metadata.deletionTimestamp ? namespace.metadata.name : undefined)),
      // The last pod gone is what a deletion mostly waits for.
      onDelete(informers.for(pods), (pod) => terminating(pod.metadata.namespace)),
    ],
    workers: 10,
    async reconcile(name, signal) {
      const namespace = await readUnlessGone(name, signal)
      if (!namespace?.metadata.deletionTimestamp) return done
      const ending =
        namespace.status?.phase === 'Terminating' ? namespace : await updateStatus(namespace, { ...namespace.status, phase: 'Terminating' }, signal)
      if (!ending.spec?.finalizers?.includes(finalizer)) return done
      return empty(ending, signal)
    },
  })

  async function empty(namespace: Namespace, signal: AbortSignal): Promise<Result> {
    const { name } = namespace.metadata
    const { obstacles, estimateSeconds } = await deleteContent(name, context, signal)
    const conditions = conditionsOf(namespace.status?.conditions ?? [], obstacles, clock.now())
    const { discoveryFailures, deletionFailures, remaining } = obstacles
    const latest = await updateStatus(namespace, { ...namespace.status, phase: 'Terminating', conditions }, signal)
    const failures = [...discoveryFailures, ...deletionFailures]
    if (failures.length) throw new Error(`namespace ${name} cannot be emptied: ${failures.join(', ')}`)
    if (remaining.objects.size) return requeueAfter((Math.floor(estimateSeconds / 2) + 1) * 1000)
    await finalize(latest, signal)
    return done
  }

  async function finalize(namespace: Namespace, signal: AbortSignal): Promise<void> {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((each) => each !== finalizer)
    try {
      await client.update(namespaces, { ...namespace, spec: { ...namespace.spec, finalizers } }, { subresource: 'finalize', signal })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  /** Uncached: nothing is deleted on the word of a cache. */
  async function readUnlessGone(name: string, signal: AbortSignal): Promise<Namespace | undefined> {
    try {
      return await client.get(namespaces, { name }, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async function updateStatus(namespace: Namespace, status: NonNullable<Namespace['status']>, signal: AbortSignal): Promise<Namespace> {
    try {
      return await client.update(namespaces, { ...namespace, status }, { subresource: 'status', signal })
    } catch (error) {
      if (!isConflict(error)) throw error
      const fresh = await client.get(namespaces, { name: namespace.metadata.name }, { signal })
      return client.update(namespaces, { ...fresh, status: { ...fresh.status, ...status } }, { subresource: 'status', signal })
    }
  }
}
