// Which other pods belong with a pod: those its Services and its owning workload select. Default spreading is by this group.
// Source: pkg/scheduler/framework/plugins/helper/spread.go.
import { replicaSets, replicationControllers, services, statefulSets } from '../api/resources.ts'
import { selectorFromObject } from '../apimachinery/labels/from-object.ts'
import { newSelector } from '../apimachinery/labels/selector.ts'
import type { InformerFactory } from '../client/informers/informer.ts'
import type { GroupSelector } from './plugins/pod-topology-spread/plugin.ts'

export function newGroupSelector(informers: InformerFactory): GroupSelector {
  const serviceLister = informers.for(services).lister
  const replicaSetLister = informers.for(replicaSets).lister
  const statefulSetLister = informers.for(statefulSets).lister
  const controllerLister = informers.for(replicationControllers).lister

  return ({ metadata: { namespace, labels = {}, ownerReferences = [] } }) => {
    const owner = ownerReferences.find((o) => o.controller)
    const key = `${namespace}/${owner?.name}`
    const workload =
      owner?.kind === 'ReplicaSet'
        ? replicaSetLister.get(key)?.spec.selector
        : owner?.kind === 'StatefulSet'
          ? statefulSetLister.get(key)?.spec.selector
          : owner?.kind === 'ReplicationController'
            ? { matchLabels: controllerLister.get(key)?.spec.selector ?? {} }
            : undefined
    const selectors = serviceLister
      .inNamespace(namespace)
      .filter((s) => s.spec.selector && Object.keys(s.spec.selector).length)
      .map((s) => selectorFromObject({ matchLabels: s.spec.selector! }))
      .filter((s) => s.matches(labels))
    if (workload) selectors.push(selectorFromObject(workload))
    const requirements = selectors.flatMap((s) => s.requirements)
    return requirements.length ? newSelector(requirements) : undefined
  }
}
