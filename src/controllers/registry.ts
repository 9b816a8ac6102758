// The controllers there are, under upstream's names. `--controllers` chooses among them.
import { newBootstrapSignerController } from './bootstrapsigner/index.ts'
import { newClusterRoleAggregationController } from './clusterroleaggregation/index.ts'
import { newCronJobController } from './cronjob/index.ts'
import { newCsrApprovingController } from './csrapproving/index.ts'
import { newCsrCleanerController } from './csrcleaner/index.ts'
import { newCsrSigningController, type SigningOptions } from './csrsigning/index.ts'
import { newDaemonSetController } from './daemonset/index.ts'
import { newDeploymentController } from './deployment/index.ts'
import { newDisruptionController } from './disruption/index.ts'
import { newEndpointsController } from './endpoints/index.ts'
import { newEndpointSliceController } from './endpointslice/index.ts'
import { newEndpointSliceMirroringController } from './endpointslicemirroring/index.ts'
import type { ControllerDescriptor } from './framework/context.ts'
import { newGarbageCollector } from './garbagecollector/index.ts'
import { newJobController } from './job/index.ts'
import { newKubeletServingApprovingController } from './kubeletservingapproving/index.ts'
import { newLegacyTokenCleaner } from './legacytokencleaner/index.ts'
import { newNamespaceController } from './namespace/index.ts'
import { type ClusterRange, newNodeIpamController } from './nodeipam/index.ts'
import { newNodeLifecycleController } from './nodelifecycle/index.ts'
import { newPodGcController } from './podgc/index.ts'
import { newPvProtectionController } from './pvprotection/index.ts'
import { newPvcProtectionController } from './pvcprotection/index.ts'
import { newReplicaSetController } from './replicaset/index.ts'
import { newReplicationController } from './replicationcontroller/index.ts'
import { newResourceQuotaController } from './resourcequota/index.ts'
import { newRootCaCertPublisher, type RootCa } from './root-ca-cert-publisher/index.ts'
import { newServiceAccountController } from './serviceaccount/index.ts'
import { newServiceAccountTokenController } from './serviceaccounttoken/index.ts'
import { newServiceCidrController } from './servicecidr/index.ts'
import { newStatefulSetController } from './statefulset/index.ts'
import { newTaintEvictionController } from './tainteviction/index.ts'
import { newTokenCleanerController } from './tokencleaner/index.ts'
import { newTtlAfterFinishedController } from './ttlafterfinished/index.ts'
import { newVacProtectionController } from './vacprotection/index.ts'
import { newPolicyStatusController } from './validatingadmissionpolicystatus/index.ts'

export interface ControllersConfig {
  /** What pods verify the API server with (--root-ca-file). Without it nothing is published. */
  readonly rootCa?: RootCa
  /** --cluster-cidr and --node-cidr-mask-size; empty: nodes get no ranges (--allocate-node-cidrs=false). */
  readonly nodeRanges?: readonly ClusterRange[]
  /** --cluster-signing-*. Without it no certificates are issued. */
  readonly signing?: SigningOptions
  /** Approve serving certificates of kubelets by their Node objects: of `cox server` alone. */
  readonly approveKubeletServing?: boolean
  /** --service-account-private-key-file, PEM: without it Secrets for tokens of service accounts stay empty. */
  readonly serviceAccountKey?: string
  /** --legacy-service-account-token-clean-up-period; default: a year. */
  readonly legacyTokenCleanUpMs?: number
  /** --terminated-pod-gc-threshold; 0 or less: pods that have ended stay. Default 12500. */
  readonly terminatedPodsMax?: number
}

export function allControllers({
  rootCa,
  nodeRanges = [],
  signing,
  approveKubeletServing = false,
  terminatedPodsMax,
  serviceAccountKey,
  legacyTokenCleanUpMs,
}: ControllersConfig): readonly ControllerDescriptor[] {
  return [
    { name: 'namespace-controller', create: newNamespaceController },
    { name: 'serviceaccount-controller', create: newServiceAccountController },
    ...(serviceAccountKey === undefined
      ? []
      : [
          {
            name: 'serviceaccount-token-controller',
            asManager: true,
            create: (context) => newServiceAccountTokenController(context, { signingKey: serviceAccountKey, ...(rootCa ? { rootCa } : {}) }),
          } satisfies ControllerDescriptor,
        ]),
    { name: 'legacy-serviceaccount-token-cleaner-controller', create: (context) => newLegacyTokenCleaner(context, { periodMs: legacyTokenCleanUpMs }) },
    ...(rootCa === undefined
      ? []
      : [
          { name: 'root-ca-certificate-publisher-controller', create: (context) => newRootCaCertPublisher(context, { rootCa }) } satisfies ControllerDescriptor,
        ]),
    { name: 'garbage-collector-controller', create: newGarbageCollector },
    { name: 'resourcequota-controller', create: newResourceQuotaController },
    { name: 'replicationcontroller-controller', create: newReplicationController, eventSource: 'replication-controller' },
    { name: 'replicaset-controller', create: newReplicaSetController },
    { name: 'deployment-controller', create: newDeploymentController },
    { name: 'daemonset-controller', create: newDaemonSetController },
    { name: 'statefulset-controller', create: newStatefulSetController },
    { name: 'job-controller', create: newJobController },
    { name: 'cronjob-controller', create: newCronJobController },
    { name: 'ttl-after-finished-controller', create: newTtlAfterFinishedController },
    { name: 'pod-garbage-collector-controller', create: (context) => newPodGcController(context, { endedMax: terminatedPodsMax }) },
    { name: 'persistentvolumeclaim-protection-controller', create: newPvcProtectionController },
    { name: 'persistentvolume-protection-controller', create: newPvProtectionController },
    { name: 'volumeattributesclass-protection-controller', create: newVacProtectionController },
    { name: 'endpoints-controller', create: newEndpointsController, eventSource: 'endpoint-controller' },
    { name: 'endpointslice-controller', create: newEndpointSliceController, eventSource: 'endpoint-slice-controller' },
    { name: 'endpointslice-mirroring-controller', create: newEndpointSliceMirroringController, eventSource: 'endpoint-slice-mirroring-controller' },
    { name: 'service-cidr-controller', create: newServiceCidrController },
    { name: 'disruption-controller', create: newDisruptionController, eventSource: 'controllermanager' },
    { name: 'clusterrole-aggregation-controller', create: newClusterRoleAggregationController },
    { name: 'validatingadmissionpolicy-status-controller', create: newPolicyStatusController, aliases: ['validatingadmissionpolicy-status'] },
    { name: 'certificatesigningrequest-approving-controller', create: newCsrApprovingController, aliases: ['csrapproving'] },
    { name: 'certificatesigningrequest-cleaner-controller', create: newCsrCleanerController, aliases: ['csrcleaner'] },
    ...(signing
      ? [
          {
            name: 'certificatesigningrequest-signing-controller',
            create: (context) => newCsrSigningController(context, signing),
          } satisfies ControllerDescriptor,
        ]
      : []),
    ...(approveKubeletServing ? [{ name: 'kubelet-serving-approving-controller', create: newKubeletServingApprovingController }] : []),
    { name: 'bootstrap-signer-controller', create: newBootstrapSignerController, aliases: ['bootstrapsigner'], offByDefault: true },
    { name: 'token-cleaner-controller', create: newTokenCleanerController, aliases: ['tokencleaner'], offByDefault: true },
    { name: 'node-lifecycle-controller', create: newNodeLifecycleController, eventSource: 'node-controller' },
    { name: 'taint-eviction-controller', create: newTaintEvictionController },
    ...(nodeRanges.length === 0
      ? []
      : [{ name: 'node-ipam-controller', create: (context) => newNodeIpamController(context, { ranges: nodeRanges }) } satisfies ControllerDescriptor]),
  ]
}
