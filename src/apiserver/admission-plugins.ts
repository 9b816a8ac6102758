// Which admission plugins there are, in which order they run, and which are on. Source: k8s.io/kubernetes
// pkg/kubeapiserver/options/plugins.go, k8s.io/apiserver pkg/server/options/admission.go.
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
import { goQuote } from '../apimachinery/go-quote.ts'
import type { Client } from '../client/client.ts'
import type { Clock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import type { AdmissionPlugin, MutationPlugin, ValidationPlugin } from './admission/admission.ts'
import { alwaysAdmit, alwaysDeny } from './admission/always/plugin.ts'
import { alwaysPullImages } from './admission/always-pull-images/plugin.ts'
import { certificateSubjectRestriction, newCertificateApproval, newCertificateSigning, newClusterTrustBundleAttest } from './admission/certificates/signers.ts'
import { ConfigFileError } from './config-file/decode.ts'
import { newDefaultIngressClass, newDefaultStorageClass } from './admission/default-class/plugin.ts'
import { newDefaultTolerationSeconds } from './admission/default-toleration-seconds/plugin.ts'
import { denyServiceExternalIPs } from './admission/deny-service-external-ips/plugin.ts'
import { eventRateLimits } from './admission/event-rate-limit/configuration.ts'
import { newEventRateLimit } from './admission/event-rate-limit/plugin.ts'
import { extendedResourceToleration } from './admission/extended-resource-toleration/plugin.ts'
import { imagePolicyConfiguration } from './admission/image-policy-webhook/configuration.ts'
import { newImagePolicyWebhook } from './admission/image-policy-webhook/plugin.ts'
import type { ImageReviewBackend } from './admission/image-policy-webhook/review.ts'
import { newLimitRanger } from './admission/limit-ranger/plugin.ts'
import { limitPodHardAntiAffinityTopology } from './admission/limit-pod-hard-anti-affinity-topology/plugin.ts'
import { newNamespaceAutoProvision } from './admission/namespace-auto-provision/plugin.ts'
import { newNamespaceExists } from './admission/namespace-exists/plugin.ts'
import { newNamespaceLifecycle } from './admission/namespace-lifecycle/plugin.ts'
import { newNodeDeclaredFeatureValidator } from './admission/node-declared-feature-validator/plugin.ts'
import { newNodeRestriction } from './admission/node-restriction/plugin.ts'
import { newOwnerReferencesPermissionEnforcement } from './admission/owner-references-permission-enforcement/plugin.ts'
import { newPersistentVolumeClaimResize } from './admission/persistent-volume-claim-resize/plugin.ts'
import { clusterNodeSelectors } from './admission/pod-node-selector/configuration.ts'
import { newPodNodeSelector } from './admission/pod-node-selector/plugin.ts'
import { newPodResizeValidator } from './admission/pod-resize-validator/plugin.ts'
import { podSecurityConfiguration } from './admission/pod-security/configuration.ts'
import { newPodSecurity } from './admission/pod-security/plugin.ts'
import { podTolerationRestrictionConfiguration } from './admission/pod-toleration-restriction/configuration.ts'
import { newPodTolerationRestriction } from './admission/pod-toleration-restriction/plugin.ts'
import { newPodTopologyLabels } from './admission/pod-topology-labels/plugin.ts'
import { newPriority } from './admission/priority/plugin.ts'
import { limitedResources } from './admission/resource-quota/configuration.ts'
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
  /** Plugin -> text of its configuration (YAML or JSON). */
  readonly configuration?: ReadonlyMap<string, string>
  /** Who is asked about images, when ImagePolicyWebhook is on. */
  readonly imageReviewBackend?: ImageReviewBackend
  /** --default-not-ready-toleration-seconds and --default-unreachable-toleration-seconds. */
  readonly tolerationSeconds?: { readonly notReady: number; readonly unreachable: number }
}

/** What clusters add, by the places in the order. */
export interface PluginSlots {
  readonly MutatingAdmissionPolicy?: MutationPlugin
  readonly MutatingAdmissionWebhook?: MutationPlugin
  readonly ValidatingAdmissionPolicy?: ValidationPlugin
  readonly ValidatingAdmissionWebhook?: ValidationPlugin
}

export interface PluginDependencies {
  readonly listers: StoreListers
  readonly authorizer: Authorizer
  /** Writes as the API server itself. */
  readonly client: Client
  readonly clock: Clock
  readonly slots?: PluginSlots
}

interface MakeOptions extends PluginDependencies {
  readonly configuration: string | undefined
  readonly selection: PluginSelection
}

/** Undefined: nothing to run. */
type Make = (options: MakeOptions) => AdmissionPlugin | undefined

/** Known by name; acts only with an alpha feature gate, whose resources are not served. */
const gated: Make = () => undefined

const inOrder: readonly (readonly [string, Make])[] = [
  ['AlwaysAdmit', () => alwaysAdmit],
  ['NamespaceAutoProvision', ({ listers, client }) => newNamespaceAutoProvision({ namespaces: listers.for(namespaces), client })],
  ['NamespaceLifecycle', ({ listers }) => newNamespaceLifecycle({ namespaces: listers.for(namespaces) })],
  ['NamespaceExists', ({ listers }) => newNamespaceExists(listers.for(namespaces))],
  ['LimitPodHardAntiAffinityTopology', () => limitPodHardAntiAffinityTopology],
  ['LimitRanger', ({ listers }) => newLimitRanger(listers.for(limitRanges))],
  ['ServiceAccount', ({ listers, clock }) => newServiceAccountAdmission({ serviceAccounts: listers.for(serviceAccounts), rand: systemRand, clock })],
  ['NodeRestriction', nodeRestriction],
  ['TaintNodesByCondition', () => taintNodesByCondition],
  ['AlwaysPullImages', () => alwaysPullImages],
  ['ImagePolicyWebhook', imagePolicyWebhook],
  ['PodSecurity', podSecurity],
  ['PodNodeSelector', ({ listers, configuration }) => newPodNodeSelector(listers.for(namespaces), clusterNodeSelectors(configuration))],
  ['Priority', ({ listers }) => newPriority(listers.for(priorityClasses))],
  ['DefaultTolerationSeconds', ({ selection }) => newDefaultTolerationSeconds(selection.tolerationSeconds)],
  [
    'PodTolerationRestriction',
    ({ listers, configuration }) => newPodTolerationRestriction(listers.for(namespaces), podTolerationRestrictionConfiguration(configuration)),
  ],
  ['EventRateLimit', ({ configuration, clock }) => newEventRateLimit(eventRateLimits(configuration), clock)],
  ['ExtendedResourceToleration', () => extendedResourceToleration],
  ['DefaultStorageClass', ({ listers }) => newDefaultStorageClass(listers.for(storageClasses))],
  ['StorageObjectInUseProtection', () => storageObjectInUseProtection],
  ['PodGroupProtection', gated],
  ['OwnerReferencesPermissionEnforcement', ({ authorizer }) => newOwnerReferencesPermissionEnforcement(authorizer)],
  ['PersistentVolumeClaimResize', ({ listers }) => newPersistentVolumeClaimResize(listers.for(storageClasses))],
  ['RuntimeClass', ({ listers }) => newRuntimeClass(listers.for(runtimeClasses))],
  ['CertificateApproval', ({ authorizer }) => newCertificateApproval(authorizer)],
  ['CertificateSigning', ({ authorizer }) => newCertificateSigning(authorizer)],
  ['ClusterTrustBundleAttest', ({ authorizer }) => newClusterTrustBundleAttest(authorizer)],
  ['CertificateSubjectRestriction', () => certificateSubjectRestriction],
  ['DefaultIngressClass', ({ listers }) => newDefaultIngressClass(listers.for(ingressClasses))],
  ['DenyServiceExternalIPs', () => denyServiceExternalIPs],
  ['PodTopologyLabels', ({ listers }) => newPodTopologyLabels(listers.for(nodes))],
  ['PodGroupWorkloadExists', gated],
  ['NodeDeclaredFeatureValidator', ({ listers }) => newNodeDeclaredFeatureValidator(listers.for(nodes))],
  ['JobValidation', gated],
  ['PodResizeValidator', ({ listers }) => newPodResizeValidator(listers.for(nodes))],
  // What clusters add comes after what changes objects here, so that it sees the result; what is charged comes last.
  ['MutatingAdmissionPolicy', ({ slots }) => slots?.MutatingAdmissionPolicy],
  ['MutatingAdmissionWebhook', ({ slots }) => slots?.MutatingAdmissionWebhook],
  ['ValidatingAdmissionPolicy', ({ slots }) => slots?.ValidatingAdmissionPolicy],
  ['ValidatingAdmissionWebhook', ({ slots }) => slots?.ValidatingAdmissionWebhook],
  [
    'ResourceQuota',
    ({ listers, client, clock, configuration }) =>
      newResourceQuota({ quotas: listers.for(resourceQuotas), client, clock, limited: limitedResources(configuration) }),
  ],
  ['AlwaysDeny', () => alwaysDeny],
]

const offByDefault: ReadonlySet<string> = new Set([
  'AlwaysAdmit',
  'AlwaysDeny',
  'AlwaysPullImages',
  'DenyServiceExternalIPs',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'ImagePolicyWebhook',
  'LimitPodHardAntiAffinityTopology',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'NodeRestriction',
  'OwnerReferencesPermissionEnforcement',
  'PodNodeSelector',
  'PodTolerationRestriction',
])

/** Every plugin's name, in the order in which they run. */
export const pluginNames: readonly string[] = inOrder.map(([name]) => name)
export const pluginsOnByDefault: readonly string[] = pluginNames.filter((name) => !offByDefault.has(name))

/** What is wrong with --enable-admission-plugins and --disable-admission-plugins. */
export function selectionErrors({ enabled, disabled }: PluginSelection): readonly string[] {
  const unknown = (flag: string, names: readonly string[]) =>
    names.filter((name) => !pluginNames.includes(name)).map((name) => `${flag} plugin ${goQuote(name)} is unknown`)
  const both = [...new Set(enabled)].filter((name) => disabled.includes(name)).toSorted()
  return [
    ...unknown('enable-admission-plugins', enabled),
    ...unknown('disable-admission-plugins', disabled),
    ...(both.length ? [`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`] : []),
  ]
}

/**
 * @returns the plugins that are on, in their order
 * @throws {ConfigFileError} for what a plugin's configuration may not say
 */
export function newAdmissionPlugins(selection: PluginSelection, dependencies: PluginDependencies): readonly AdmissionPlugin[] {
  const isOn = (name: string) => selection.enabled.includes(name) || !(offByDefault.has(name) || selection.disabled.includes(name))
  return inOrder.flatMap(([name, make]) => {
    if (!isOn(name)) return []
    try {
      return make({ ...dependencies, selection, configuration: selection.configuration?.get(name) }) ?? []
    } catch (cause) {
      if (!(cause instanceof ConfigFileError)) throw cause
      throw new ConfigFileError(`failed to apply admission: couldn't init admission plugin ${goQuote(name)}: ${cause.message}`, { cause })
    }
  })
}

function nodeRestriction({ listers, authorizer }: MakeOptions): AdmissionPlugin {
  return newNodeRestriction({
    nodes: listers.for(nodes),
    pods: listers.for(pods),
    claims: listers.for(persistentVolumeClaims),
    volumes: listers.for(persistentVolumes),
    csiDrivers: listers.for(csiDrivers),
    authorizer,
  })
}

function imagePolicyWebhook({ configuration, selection, clock }: MakeOptions): AdmissionPlugin {
  const policy = imagePolicyConfiguration(configuration)
  if (!selection.imageReviewBackend) throw new ConfigFileError('no backend to ask')
  return newImagePolicyWebhook({ configuration: policy, backend: selection.imageReviewBackend, clock })
}

function podSecurity({ listers, configuration, clock }: MakeOptions): AdmissionPlugin {
  return newPodSecurity({ namespaces: listers.for(namespaces), pods: listers.for(pods), configuration: podSecurityConfiguration(configuration), clock })
}
