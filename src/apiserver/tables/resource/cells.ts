import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { ageOf } from '../helpers.ts'
import { at, condition, items, number, text } from '../view.ts'

function claimState(object: JsonObject): string {
  const states: string[] = []
  if (at(object, 'metadata.deletionTimestamp')) states.push('deleted')
  if (at(object, 'status.allocation')) {
    states.push('allocated')
    if (items(object, 'status.reservedFor').length > 0) states.push('reserved')
  } else if (states.length === 0) states.push('pending')
  return states.join(',')
}

const holds = (object: JsonObject, type: string) => condition(object, type)?.['status'] === 'True'

/** A number summed over the pools of a status request; `-` while there is none. */
const overPools = (value: (pool: JsonObject) => number) => (object: JsonObject) =>
  !at(object, 'status') || holds(object, 'Failed') ? '-' : String(items(object, 'status.pools').reduce((sum, pool) => sum + value(pool), 0))

function poolRequestStatus(object: JsonObject): string {
  if (holds(object, 'Complete')) {
    const listed = items(object, 'status.pools').length
    const all = number(object, 'status.poolCount')
    return listed < all ? `Complete (${listed}/${all} pools)` : 'Complete'
  }
  return holds(object, 'Failed') ? 'Failed' : 'Pending'
}

export const resourceCells: Readonly<Record<string, KindCells>> = {
  'resource.k8s.io/DeviceTaintRule': {
    Key: (object) => text(object, 'spec.taint.key'),
    Value: (object) => text(object, 'spec.taint.value'),
    Effect: (object) => text(object, 'spec.taint.effect'),
    TimeAdded: (object, now) => {
      const added = text(object, 'spec.taint.timeAdded')
      return added ? ageOf(added, now) : ''
    },
  },
  'resource.k8s.io/ResourceClaim': { State: claimState },
  'resource.k8s.io/ResourcePoolStatusRequest': {
    Driver: (object) => text(object, 'spec.driver'),
    Total: overPools((pool) => number(pool, 'totalDevices')),
    Available: overPools((pool) => number(pool, 'availableDevices')),
    Allocated: overPools((pool) => number(pool, 'allocatedDevices')),
    Unavailable: overPools((pool) => number(pool, 'unavailableDevices')),
    Errors: overPools((pool) => (text(pool, 'validationError') ? 1 : 0)),
    Pools: (object) => number(object, 'status.poolCount'),
    Status: poolRequestStatus,
    Completed: (object, now) => {
      const time = text(condition(object, 'Complete'), 'lastTransitionTime')
      return time ? ageOf(time, now) : '<none>'
    },
  },
  'resource.k8s.io/ResourceSlice': {
    Node: (object) => text(object, 'spec.nodeName'),
    Driver: (object) => text(object, 'spec.driver'),
    Pool: (object) => text(object, 'spec.pool.name'),
  },
  'scheduling.k8s.io/PodGroup': {
    Policy: (object) => (at(object, 'spec.schedulingPolicy.gang') ? 'Gang' : 'Basic'),
    Workload: (object) => text(object, 'spec.podGroupTemplateRef.workload.workloadName', '<none>'),
    Status: (object) => {
      const disrupted = condition(object, 'DisruptionTarget')
      if (disrupted) return text(disrupted, 'reason')
      const scheduled = condition(object, 'PodGroupScheduled')
      return scheduled ? (scheduled['status'] === 'True' ? 'Scheduled' : 'Unschedulable') : 'Pending'
    },
  },
}
