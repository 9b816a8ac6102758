// Every resource that has rules of its own. The rest behaves by the default strategy.
import type { Service } from '../../api/core/v1.ts'
import { configMapStrategy } from './core/configmap/strategy.ts'
import { deploymentStrategy } from './apps/deployment/strategy.ts'
import { replicaSetStrategy } from './apps/replicaset/strategy.ts'
import { endpointsStrategy } from './core/endpoints/strategy.ts'
import { endpointSliceStrategy } from './discovery/endpointslice/strategy.ts'
import { type EscalationDependencies, guardBindings, guardRoles } from './rbac/escalation/check.ts'
import { clusterRoleBindingStrategy, roleBindingStrategy } from './rbac/role-binding/strategy.ts'
import { clusterRoleStrategy, roleStrategy } from './rbac/role/strategy.ts'
import { eventStrategy } from './core/event/strategy.ts'
import { namespaceStrategy } from './core/namespace/strategy.ts'
import { nodeStrategy } from './core/node/strategy.ts'
import { podStrategy } from './core/pod/strategy.ts'
import { podTemplateStrategy } from './core/podtemplate/strategy.ts'
import { secretStrategy } from './core/secret/strategy.ts'
import { daemonSetStrategy } from './apps/daemonset/strategy.ts'
import { controllerRevisionStrategy } from './apps/controllerrevision/strategy.ts'
import { leaseStrategy } from './coordination/lease/strategy.ts'
import { statefulSetStrategy } from './apps/statefulset/strategy.ts'
import { jobStrategy } from './batch/job/strategy.ts'
import { cronJobStrategy } from './batch/cronjob/strategy.ts'
import { horizontalPodAutoscalerStrategy } from './autoscaling/horizontalpodautoscaler/strategy.ts'
import { podDisruptionBudgetStrategy } from './policy/poddisruptionbudget/strategy.ts'
import { priorityClassStrategy } from './scheduling/priorityclass/strategy.ts'
import { replicationControllerStrategy } from './core/replicationcontroller/strategy.ts'
import type { ServiceAllocation } from './core/service/allocation.ts'
import { newServiceStrategy } from './core/service/strategy.ts'
import { infrastructureStrategies } from './infrastructure-strategies.ts'
import { newResourceClaimStrategy } from './resource/resourceclaim/strategy.ts'
import { newResourceClaimTemplateStrategy } from './resource/resourceclaimtemplate/strategy.ts'
import type { AdminNamespaces } from './resource/validate-admin-access.ts'
import type { Strategy } from './generic/strategy.ts'

export interface StrategyDependencies {
  readonly serviceAllocation: ServiceAllocation
  /** Those of a Service that is gone. */
  readonly deleteEndpoints: (service: Service) => Promise<void>
  readonly escalation: EscalationDependencies
  readonly namespaces: AdminNamespaces
}

/** `group/plural` (core: `pods`) -> strategy. */
export function newStrategies({ serviceAllocation, deleteEndpoints, escalation, namespaces }: StrategyDependencies): ReadonlyMap<string, Strategy> {
  const strategies = {
    ...infrastructureStrategies,
    configmaps: configMapStrategy,
    endpoints: endpointsStrategy,
    events: eventStrategy,
    namespaces: namespaceStrategy,
    nodes: nodeStrategy,
    pods: podStrategy,
    podtemplates: podTemplateStrategy,
    replicationcontrollers: replicationControllerStrategy,
    secrets: secretStrategy,
    services: newServiceStrategy(serviceAllocation, deleteEndpoints),
    'apps/deployments': deploymentStrategy,
    'apps/replicasets': replicaSetStrategy,
    'apps/daemonsets': daemonSetStrategy,
    'apps/controllerrevisions': controllerRevisionStrategy,
    'apps/statefulsets': statefulSetStrategy,
    'autoscaling/horizontalpodautoscalers': horizontalPodAutoscalerStrategy,
    'batch/cronjobs': cronJobStrategy,
    'batch/jobs': jobStrategy,
    'coordination.k8s.io/leases': leaseStrategy,
    'policy/poddisruptionbudgets': podDisruptionBudgetStrategy,
    'resource.k8s.io/resourceclaims': newResourceClaimStrategy(namespaces, escalation.authorizer),
    'resource.k8s.io/resourceclaimtemplates': newResourceClaimTemplateStrategy(namespaces),
    'scheduling.k8s.io/priorityclasses': priorityClassStrategy,
    'discovery.k8s.io/endpointslices': endpointSliceStrategy,
    'rbac.authorization.k8s.io/clusterrolebindings': guardBindings(clusterRoleBindingStrategy, 'clusterrolebindings', escalation),
    'rbac.authorization.k8s.io/clusterroles': guardRoles(clusterRoleStrategy, 'clusterroles', escalation),
    'rbac.authorization.k8s.io/rolebindings': guardBindings(roleBindingStrategy, 'rolebindings', escalation),
    'rbac.authorization.k8s.io/roles': guardRoles(roleStrategy, 'roles', escalation),
  }
  return new Map(Object.entries(strategies) as unknown as [string, Strategy][])
}
