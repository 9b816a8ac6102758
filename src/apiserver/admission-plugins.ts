// Which admission plugins there are, and in which order they run. Source: k8s.io/kubernetes pkg/kubeapiserver/options/plugins.go.
import {
  csiDrivers,
  ingressClasses,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  priorityClasses,
  resourceQuotas,
  runtimeClasses,
  serviceAccounts,
  storageClasses,
} from '../api/resources.ts'
import type { Client } from '../client/client.ts'
import type { Clock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import type { AdmissionPlugin } from './admission/admission.ts'
import { alwaysPullImages } from './admission/always-pull-images/plugin.ts'
import { certificateSubjectRestriction, newCertificateApproval, newCertificateSigning, newClusterTrustBundleAttest } from './admission/certificates/signers.ts'
import { newDefaultIngressClass, newDefaultStorageClass } from './admission/default-class/plugin.ts'
import { defaultTolerationSeconds } from './admission/default-toleration-seconds/plugin.ts'
import { denyServiceExternalIPs } from './admission/deny-service-external-ips/plugin.ts'
import { extendedResourceToleration } from './admission/extended-resource-toleration/plugin.ts'
import { newLimitRanger } from './admission/limit-ranger/plugin.ts'
import { newNamespaceLifecycle } from './admission/namespace-lifecycle/plugin.ts'
import { newNodeRestriction } from './admission/node-restriction/plugin.ts'
import { newPersistentVolumeClaimResize } from './admission/persistent-volume-claim-resize/plugin.ts'
import { newPodNodeSelector } from './admission/pod-node-selector/plugin.ts'
import { newPodSecurity } from './admission/pod-security/plugin.ts'
import { newPriority } from './admission/priority/plugin.ts'
import { newResourceQuota } from './admission/resource-quota/plugin.ts'
import { newRuntimeClass } from './admission/runtime-class/plugin.ts'
import { newServiceAccountAdmission } from './admission/service-account/plugin.ts'
import { storageObjectInUseProtection } from './admission/storage-object-in-use-protection/plugin.ts'
import { taintNodesByCondition } from './admission/taint-nodes-by-condition/plugin.ts'
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
  {
    name: 'NodeRestriction',
    byDefault: false,
    make: ({ listers, authorizer }) =>
      newNodeRestriction({
        nodes: listers.for(nodes),
        pods: listers.for(pods),
        claims: listers.for(persistentVolumeClaims),
        volumes: listers.for(persistentVolumes),
        csiDrivers: listers.for(csiDrivers),
        authorizer,
      }),
  },
  { name: 'TaintNodesByCondition', byDefault: true, make: () => taintNodesByCondition },
  { name: 'AlwaysPullImages', byDefault: false, make: () => alwaysPullImages },
  { name: 'PodSecurity', byDefault: true, make: ({ listers }) => newPodSecurity({ namespaces: listers.for(namespaces), pods: listers.for(pods) }) },
  { name: 'PodNodeSelector', byDefault: false, make: ({ listers }) => newPodNodeSelector(listers.for(namespaces)) },
  { name: 'Priority', byDefault: true, make: ({ listers }) => newPriority(listers.for(priorityClasses)) },
  { name: 'DefaultTolerationSeconds', byDefault: true, make: () => defaultTolerationSeconds },
  { name: 'ExtendedResourceToleration', byDefault: false, make: () => extendedResourceToleration },
  { name: 'DefaultStorageClass', byDefault: true, make: ({ listers }) => newDefaultStorageClass(listers.for(storageClasses)) },
  { name: 'StorageObjectInUseProtection', byDefault: true, make: () => storageObjectInUseProtection },
  { name: 'PersistentVolumeClaimResize', byDefault: true, make: ({ listers }) => newPersistentVolumeClaimResize(listers.for(storageClasses)) },
  { name: 'RuntimeClass', byDefault: true, make: ({ listers }) => newRuntimeClass(listers.for(runtimeClasses)) },
  { name: 'CertificateApproval', byDefault: true, make: ({ authorizer }) => newCertificateApproval(authorizer) },
  { name: 'CertificateSigning', byDefault: true, make: ({ authorizer }) => newCertificateSigning(authorizer) },
  { name: 'ClusterTrustBundleAttest', byDefault: true, make: ({ authorizer }) => newClusterTrustBundleAttest(authorizer) },
  { name: 'CertificateSubjectRestriction', byDefault: true, make: () => certificateSubjectRestriction },
  { name: 'DefaultIngressClass', byDefault: true, make: ({ listers }) => newDefaultIngressClass(listers.for(ingressClasses)) },
  { name: 'DenyServiceExternalIPs', byDefault: false, make: () => denyServiceExternalIPs },
  {
    name: 'ResourceQuota',
    byDefault: true,
    make: ({ listers, client, clock }) => newResourceQuota({ quotas: listers.for(resourceQuotas), client, clock }),
  },
]

/** @returns the plugins that are on, in their order */
export function newAdmissionPlugins({ enabled, disabled }: PluginSelection, dependencies: PluginDependencies): readonly AdmissionPlugin[] {
  return ordered.filter(({ name, byDefault }) => !disabled.includes(name) && (byDefault || enabled.includes(name))).map(({ make }) => make(dependencies))
}
