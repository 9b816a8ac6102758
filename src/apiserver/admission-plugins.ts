// Which admission plugins there are, and in which order they run. Source: k8s.io/kubernetes pkg/kubeapiserver/options/plugins.go.
import { namespaces, priorityClasses, serviceAccounts } from '../api/resources.ts'
import type { InformerFactory } from '../client/informers/informer.ts'
import { systemRand } from '../util/rand.ts'
import type { AdmissionPlugin } from './admission/admission.ts'
import { defaultTolerationSeconds } from './admission/default-toleration-seconds/plugin.ts'
import { newNamespaceLifecycle } from './admission/namespace-lifecycle/plugin.ts'
import { newPriority } from './admission/priority/plugin.ts'
import { newServiceAccountAdmission } from './admission/service-account/plugin.ts'

export interface PluginSelection {
  readonly enabled: readonly string[]
  readonly disabled: readonly string[]
}

interface Registration {
  readonly name: string
  /** On unless switched off. */
  readonly byDefault: boolean
  readonly make: (informers: InformerFactory) => AdmissionPlugin
}

const ordered: readonly Registration[] = [
  { name: 'NamespaceLifecycle', byDefault: true, make: (informers) => newNamespaceLifecycle({ namespaces: informers.for(namespaces).lister }) },
  {
    name: 'ServiceAccount',
    byDefault: true,
    make: (informers) => newServiceAccountAdmission({ serviceAccounts: informers.for(serviceAccounts).lister, rand: systemRand }),
  },
  { name: 'Priority', byDefault: true, make: (informers) => newPriority(informers.for(priorityClasses).lister) },
  { name: 'DefaultTolerationSeconds', byDefault: true, make: () => defaultTolerationSeconds },
]

/** @returns the plugins that are on, in their order */
export function newAdmissionPlugins({ enabled, disabled }: PluginSelection, informers: InformerFactory): readonly AdmissionPlugin[] {
  return ordered.filter(({ name, byDefault }) => !disabled.includes(name) && (byDefault || enabled.includes(name))).map(({ make }) => make(informers))
}
