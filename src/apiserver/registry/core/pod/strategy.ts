// Pods. Source: pkg/registry/core/pod/strategy.go.
import type { Pod, PodCondition } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { podQos } from '../../../../api/core/pod-qos.ts'
import { formatTime } from '../../../../util/clock.ts'
import type { RequestContext, Strategy } from '../../generic/strategy.ts'
import { podDefaults } from './defaults.ts'

/** A pod that has no node, or has ended, needs no time to stop. */
function gracePeriodSeconds({ spec, status }: Pod, requested: number | undefined): number {
  if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
  const seconds = requested ?? spec.terminationGracePeriodSeconds ?? 30
  return seconds < 0 ? 1 : seconds
}

function prepareForCreate({ clock }: RequestContext, pod: Mutable<Pod>): void {
  const gated = (pod.spec.schedulingGates?.length ?? 0) > 0
  const conditions: PodCondition[] = gated
    ? [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastTransitionTime: formatTime(clock.now()),
          observedGeneration: 1,
        },
      ]
    : []
  pod.status = { phase: 'Pending', qosClass: podQos(pod), ...(gated ? { conditions: conditions as Mutable<PodCondition>[] } : {}) }
  delete pod.spec.ephemeralContainers
}

export const podStrategy: Strategy<Pod> = {
  allowUnconditionalUpdate: true,
  defaults: podDefaults,
  prepareForCreate,
  prepareForUpdate(_, pod, old) {
    pod.status = structuredClone(old.status) as NonNullable<Mutable<Pod>['status']>
    if (old.spec.ephemeralContainers)
      pod.spec.ephemeralContainers = structuredClone(old.spec.ephemeralContainers) as NonNullable<Mutable<Pod>['spec']['ephemeralContainers']>
    else delete pod.spec.ephemeralContainers
  },
  gracePeriodSeconds,
  subresources: {
    status: {
      prepareForUpdate(_, pod, old) {
        pod.spec = structuredClone(old.spec) as Mutable<Pod['spec']>
        delete pod.metadata.deletionTimestamp
        if (old.metadata.deletionTimestamp) pod.metadata.deletionTimestamp = old.metadata.deletionTimestamp
        if (old.metadata.ownerReferences)
          pod.metadata.ownerReferences = structuredClone(old.metadata.ownerReferences) as NonNullable<Mutable<Pod>['metadata']['ownerReferences']>
        else delete pod.metadata.ownerReferences
        if (pod.status && !pod.status.qosClass && old.status?.qosClass) pod.status.qosClass = old.status.qosClass
      },
    },
    ephemeralcontainers: {
      prepareForUpdate(_, pod, old) {
        const added = pod.spec.ephemeralContainers
        pod.spec = structuredClone(old.spec) as Mutable<Pod['spec']>
        if (added) pod.spec.ephemeralContainers = added
        pod.status = structuredClone(old.status) as NonNullable<Mutable<Pod>['status']>
      },
    },
  },
}
