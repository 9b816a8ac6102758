// One APIService per group version that this server answers itself: what clients that list them, and the order of groups, come from.
// Source: pkg/controlplane/apiserver/aggregator.go (DefaultGenericAPIServicePriorities), pkg/kubeapiserver.
import type { APIService } from '../../api/apiregistration/v1.ts'
import type { New } from '../../api/object.ts'
import { groupFacts } from '../../api/resource-facts.ts'
import { apiServices } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import { ensure } from './ensure.ts'

const labels = { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' }

/** Group -> its place among the groups; the higher, the more preferred. */
const groupPriorities: ReadonlyMap<string, number> = new Map([
  ['', 18_000],
  ['apps', 17_800],
  ['events.k8s.io', 17_750],
  ['authentication.k8s.io', 17_700],
  ['authorization.k8s.io', 17_600],
  ['autoscaling', 17_500],
  ['batch', 17_400],
  ['certificates.k8s.io', 17_300],
  ['networking.k8s.io', 17_200],
  ['policy', 17_100],
  ['rbac.authorization.k8s.io', 17_000],
  ['storage.k8s.io', 16_800],
  ['apiextensions.k8s.io', 16_700],
  ['admissionregistration.k8s.io', 16_700],
  ['scheduling.k8s.io', 16_600],
  ['coordination.k8s.io', 16_500],
  ['node.k8s.io', 16_300],
  ['discovery.k8s.io', 16_200],
  ['flowcontrol.apiserver.k8s.io', 16_100],
  ['resource.k8s.io', 16_050],
])

/** Group version -> its place among the versions of the group, where it is not 15. */
const versionPriorities: ReadonlyMap<string, number> = new Map([
  ['/v1', 1],
  ['autoscaling/v2', 30],
  ['flowcontrol.apiserver.k8s.io/v1', 21],
])
const versionPriorityDefault = 15

export const localApiServices = (client: Client): PostStartHook => ({
  name: 'apiservice-registration-controller',
  async run() {
    for (const { name: group, versions } of groupFacts) {
      const groupPriorityMinimum = groupPriorities.get(group)
      // The aggregator does not aggregate itself.
      if (groupPriorityMinimum === undefined) continue
      for (const { version } of versions.filter(({ enabledByDefault }) => enabledByDefault)) {
        const versionPriority = versionPriorities.get(`${group}/${version}`) ?? versionPriorityDefault
        const spec = { ...(group ? { group } : {}), version, groupPriorityMinimum, versionPriority }
        const object = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: `${version}.${group}`, labels }, spec }
        await ensure(client, apiServices, object as New<APIService>)
      }
    }
  },
})
