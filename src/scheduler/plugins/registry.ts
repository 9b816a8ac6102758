// The default profile. Order matters: cheap and most telling filters first, so that a refusal names the plainest reason.
import { namespaces } from '../../api/resources.ts'
import type { InformerFactory } from '../../client/informers/informer.ts'
import type { Plugin } from '../framework/plugin.ts'
import { imageLocality } from './image-locality/plugin.ts'
import { newInterPodAffinity } from './inter-pod-affinity/plugin.ts'
import { nodeAffinity } from './node-affinity/plugin.ts'
import { nodeName } from './node-name/plugin.ts'
import { nodePorts } from './node-ports/plugin.ts'
import { nodeResourcesBalancedAllocation } from './node-resources-balanced-allocation/plugin.ts'
import { nodeResourcesFit } from './node-resources-fit/plugin.ts'
import { nodeUnschedulable } from './node-unschedulable/plugin.ts'
import { type GroupSelector, newPodTopologySpread } from './pod-topology-spread/plugin.ts'
import { schedulingGates } from './scheduling-gates/plugin.ts'
import { taintToleration } from './taint-toleration/plugin.ts'

export function defaultPlugins(informers: InformerFactory, groupSelector: GroupSelector): readonly Plugin[] {
  return [
    schedulingGates,
    nodeUnschedulable,
    nodeName,
    taintToleration,
    nodeAffinity,
    nodePorts,
    nodeResourcesFit,
    newPodTopologySpread(groupSelector),
    newInterPodAffinity({ namespaces: informers.for(namespaces).lister }),
    nodeResourcesBalancedAllocation,
    imageLocality,
  ]
}
