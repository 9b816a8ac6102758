import type { PriorityClass } from '../../api/scheduling/v1.ts'
import type { New } from '../../api/object.ts'
import { priorityClasses } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import { ensure } from './ensure.ts'

/** Values above a billion are the system's. Source: pkg/apis/scheduling/helpers.go. */
const classes = [
  { name: 'system-node-critical', value: 2_000_001_000, description: 'Used for system critical pods that must not be moved from their current node.' },
  {
    name: 'system-cluster-critical',
    value: 2_000_000_000,
    description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
]

export const systemPriorityClasses = (client: Client): PostStartHook => ({
  name: 'scheduling/bootstrap-system-priority-classes',
  async run() {
    for (const { name, value, description } of classes) {
      const object = {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name },
        value,
        description,
        preemptionPolicy: 'PreemptLowerPriority',
      }
      await ensure(client, priorityClasses, object as New<PriorityClass>)
    }
  },
})
