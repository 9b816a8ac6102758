import type { Job } from '../../api/batch/v1.ts'
import { keyOf } from '../../api/object.ts'
import { jobs as jobResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'

/** Milliseconds until a finished job is to be deleted; undefined: never, or not yet known. */
export function expiresInMs({ spec, status }: Job, nowMs: number): number | undefined {
  const end = status?.conditions?.find(({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True')?.lastTransitionTime
  if (spec?.ttlSecondsAfterFinished === undefined || !end) return undefined
  return Math.max(0, Date.parse(end) + spec.ttlSecondsAfterFinished * 1000 - nowMs)
}

/** Deletes finished jobs after `spec.ttlSecondsAfterFinished`, and with them their pods. */
export function newTtlAfterFinishedController(context: ControllerContext): Controller {
  const { client, informers, clock } = context
  const jobs = informers.for(jobResource)
  return controller('ttl-after-finished-controller', context, {
    watches: [onChange(jobs, keyOf)],
    async reconcile(key, signal) {
      const job = jobs.lister.get(key)
      const leftMs = job && !job.metadata.deletionTimestamp ? expiresInMs(job, clock.now()) : undefined
      if (!job || leftMs === undefined) return done
      if (leftMs > 0) return requeueAfter(leftMs)
      const { uid, resourceVersion } = job.metadata
      // The version, too: a job whose time to live was just extended is not deleted.
      await client
        .delete(jobResource, job.metadata, { propagationPolicy: 'Foreground', preconditions: { uid, resourceVersion }, signal })
        .catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
      return done
    },
  })
}
