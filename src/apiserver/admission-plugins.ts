// Which admission plugins there are, and in which order they run. Source: k8s.io/kubernetes pkg/kubeapiserver/options/plugins.go.
import { limitRanges, namespaces, pods, priorityClasses, resourceQuotas, serviceAccounts } from '../api/resources.ts'
import type { Client } from '../client/client.ts'
import type { Clock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import type { AdmissionPlugin } from './admission/admission.ts'
import { defaultTolerationSeconds } from './admission/default-toleration-seconds/plugin.ts'
import { newLimitRanger } from './admission/limit-ranger/plugin.ts'
import { newNamespaceLifecycle } from './admission/namespace-lifecycle/plugin.ts'
import { newPodSecurity } from './admission/pod-security/plugin.ts'
import { newPriority } from './admission/priority/plugin.ts'
import { newResourceQuota } from './admission/resource-quota/plugin.ts'
import { newServiceAccountAdmission } from './admission/service-account/plugin.ts'
import type { Authorizer } from './authz/authorizer.ts'
import type { StoreListers } from './registry/generic/store-lister.ts'

export interface PluginSelection {
  readonly enabled: readonly string[]
  readonly disabled: readonly string[]
}

export interface PluginDependencies {
  readonly listers: StoreListers
  readonly authorizer: Authorizer
  /** Writes as the API server itself. */
  readonly client: Client
  readonly clock: Clock
}

interface Registration {
  readonly name: string
  /** On unless switched off. */
  readonly byDefault: boolean
  readonly make: (dependencies: PluginDependencies) => AdmissionPlugin
}

const ordered: readonly Registration[] = [
  { name: 'NamespaceLifecycle', byDefault: true, make: ({ listers }) => newNamespaceLifecycle({ namespaces: listers.for(namespaces) }) },
  { name: 'LimitRanger', byDefault: true, make: ({ listers }) => newLimitRanger(listers.for(limitRanges)) },
  {
    name: 'ServiceAccount',
    byDefault: true,
    make: ({ listers }) => newServiceAccountAdmission({ serviceAccounts: listers.for(serviceAccounts), rand: systemRand }),
  },
  { name: 'PodSecurity', byDefault: true, make: ({ listers }) => newPodSecurity({ namespaces: listers.for(namespaces), pods: listers.for(pods) }) },
  { name: 'Priority', byDefault: true, make: ({ listers }) => newPriority(listers.for(priorityClasses)) },
  { name: 'DefaultTolerationSeconds', byDefault: true, make: () => defaultTolerationSeconds },
  { name: 'ResourceQuota', byDefault: true, make: ({ listers, client, clock }) => newResourceQuota({ quotas: listers.for(resourceQuotas), client, clock }) },
]

/** @returns the plugins that are on, in their order */
export function newAdmissionPlugins({ enabled, disabled }: PluginSelection, dependencies: PluginDependencies): readonly AdmissionPlugin[] {
  return ordered.filter(({ name, byDefault }) => !disabled.includes(name) && (byDefault || enabled.includes(name))).map(({ make }) => make(dependencies))
}
