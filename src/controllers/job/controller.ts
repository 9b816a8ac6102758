import type { Job } from '../../api/batch/v1.ts'
import { isPodTerminating } from '../../api/core/pod-status.ts'
import type { Pod } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { jobs as jobResource, pods as podResource } from '../../api/resources.ts'
import { isInvalid, isNotFound } from '../../apimachinery/api-error.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import { claim } from '../framework/claim.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { isNamespaceTerminating } from '../framework/ending-namespace.ts'
import { Expectations } from '../framework/expectations.ts'
import { controllerOf, keyOfController, keysOfPossibleControllers } from '../framework/owner.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { type Plan, decide } from './decide.ts'
import { podFor, trackingFinalizer } from './indexes.ts'
import { JobMetrics } from './job-metrics.ts'
import { isTracked } from './tally.ts'

const kind = { group: 'batch', kind: 'Job' }
const selectorOf = ({ spec }: Job) => selectorFromObject(spec?.selector)
/** `spec.managedBy` of jobs that are ours. */
const ownManager = 'kubernetes.io/job-controller'

/** Runs pods until enough of them have succeeded. */
export function newJobController(context: ControllerContext): Controller {
  const { client, informers, clock, events } = context
  const metrics = new JobMetrics(context.metrics)
  const jobs = informers.for(jobResource)
  const pods = informers.for(podResource)
  const expectations = new Expectations(clock)
  pods.addIndex('controllerUid', (pod) => [controllerOf(pod)?.uid ?? `orphan in ${pod.metadata.namespace}`])
  const ownKey = (pod: Pod) => keyOfController(pod, kind) ?? ''
  pods.addHandler({
    add: (pod) => expectations.creationSeen(ownKey(pod)),
    update: (_, pod) => isPodTerminating(pod) && expectations.deletionSeen(ownKey(pod), pod.metadata.uid),
    delete: (pod) => expectations.deletionSeen(ownKey(pod), pod.metadata.uid),
  })

  return controller('job-controller', context, {
    watches: [onChange(jobs, keyOf), onChange(pods, (pod) => keysOfPossibleControllers(pod, { ...kind, lister: jobs.lister, selectorOf }))],
    async reconcile(key, signal) {
      const job = jobs.lister.get(key)
      if (!job) {
        expectations.forget(key)
        await freeOrphans(key, signal)
        return done
      }
      if (job.spec?.managedBy !== undefined && job.spec.managedBy !== ownManager) return done
      const settled = expectations.settled(key)
      const { uid, namespace } = job.metadata
      const candidates = [...pods.lister.byIndex('controllerUid', uid), ...pods.lister.byIndex('controllerUid', `orphan in ${namespace}`)]
      const finalizers = [trackingFinalizer]
      const owned = await claim(
        { owner: job, ownerResource: jobResource, selector: selectorOf(job), candidates, resource: podResource, client, finalizers },
        signal,
      )
      const startedMs = clock.monotonic()
      const plan = decide({ job, pods: owned, settled, nowMs: clock.now() })
      let succeeded = false
      try {
        await act(job, plan, signal)
        succeeded = true
      } finally {
        metrics.synced(job, plan, (clock.monotonic() - startedMs) / 1000, succeeded)
      }
      return plan.requeueMs === undefined ? done : requeueAfter(plan.requeueMs)
    },
  })

  /** The status first: a pod loses its finalizer only when it is written down. */
  async function act(job: Job, plan: Plan, signal: AbortSignal): Promise<void> {
    const changed = !semanticEqual(job.status, plan.status)
    const written = changed ? await client.update(jobResource, { ...job, status: plan.status }, { subresource: 'status', signal }) : job
    if (changed) {
      report(job, written)
      metrics.written(job, plan.status)
    }
    await Promise.all(plan.unfinalize.map((pod) => unfinalize(pod, signal)))
    await remove(job, plan.remove, signal)
    await create(job, plan.create, signal)
  }

  function report(before: Job, now: Job): void {
    for (const { type, status, reason = '', message = '' } of now.status?.conditions ?? []) {
      if (before.status?.conditions?.some((known) => known.type === type && known.status === status)) continue
      if (type === 'Complete') events.event(now, 'Normal', 'Completed', 'Job completed')
      else if (type === 'Failed') events.event(now, 'Warning', reason, message)
      else if (type === 'Suspended') events.event(now, 'Normal', status === 'True' ? 'Suspended' : 'Resumed', message)
    }
  }

  async function create(job: Job, creations: Plan['create'], signal: AbortSignal): Promise<void> {
    const key = keyOf(job)
    expectations.expectCreations(key, creations.length)
    const results = await Promise.allSettled(
      creations.map(async (creation) => {
        try {
          const pod = await client.create(podResource, podFor(job, creation), { signal })
          events.event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
        } catch (error) {
          expectations.creationSeen(key)
          if (isNamespaceTerminating(error)) return
          events.event(job, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`)
          throw error
        }
      }),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  async function remove(job: Job, unwanted: readonly Pod[], signal: AbortSignal): Promise<void> {
    const key = keyOf(job)
    expectations.expectDeletions(
      key,
      unwanted.map((pod) => pod.metadata.uid),
    )
    for (const pod of unwanted) {
      const { uid, name } = pod.metadata
      try {
        await unfinalize(pod, signal)
        await client.delete(podResource, pod.metadata, { preconditions: { uid }, signal })
        events.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
      } catch (error) {
        expectations.deletionSeen(key, uid)
        if (!isNotFound(error)) throw error
      }
    }
  }

  async function unfinalize(pod: Pod, signal: AbortSignal): Promise<void> {
    if (!isTracked(pod)) return
    const { uid } = pod.metadata
    const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } }
    try {
      await client.patch(podResource, pod.metadata, { type: 'strategic', patch }, { signal })
    } catch (error) {
      if (!isNotFound(error) && !isInvalid(error)) throw error
    }
  }

  /** Pods of a job that is gone: nobody counts them any more. */
  async function freeOrphans(key: string, signal: AbortSignal): Promise<void> {
    const namespace = key.slice(0, key.indexOf('/'))
    const left = pods.lister.inNamespace(namespace).filter((pod) => isTracked(pod) && ownKey(pod) === key)
    await Promise.all(left.map((pod) => unfinalize(pod, signal)))
  }
}
