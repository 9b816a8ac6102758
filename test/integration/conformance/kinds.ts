// Objects of every kind whose API operations the suite goes through.

export interface Kind {
  /** Group version and plural: `apps/v1 deployments`, `v1 pods`. */
  readonly id: string
  readonly kind: string
  readonly namespaced?: boolean
  /** Without metadata.name and labels. */
  readonly object: Readonly<Record<string, unknown>>
  /** What a merge patch of /status says, and what must be read afterwards; left out: no such subresource. */
  readonly status?: Readonly<Record<string, unknown>>
  /** A controller holds what is being deleted for seconds: the test takes the finalizer away itself. */
  readonly held?: true
  /** Names that must have a form. */
  readonly name?: (name: string) => string
}

const labels = { app: 'conformance' }
const container = { name: 'c', image: 'registry.invalid/pause' }
const template = { metadata: { labels }, spec: { containers: [container] } }
const condition = { type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'Set from a test' }
const transitioned = { ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }
const claimSpec = { devices: { requests: [{ name: 'req-0', exactly: { deviceClassName: 'example' } }] } }
/** Rules of a policy that match no request. */
const nothing = { resourceRules: [{ apiGroups: ['example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothing'] }] }
/** A request for a certificate: what it says does not matter here. */
export const certificateRequest = Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----
MIHZMIGAAgEAMB4xHDAaBgNVBAMME2UyZS1leGFtcGxlLXN1YmplY3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAARU3TqgulY+5pqz5as40DsP7T6xqSqCwDJwvy3M
6NhWQL2sKDnaBJkwfl1DLVdvQOr38fYNxz0IdgACu08awP/MoAAwCgYIKoZIzj0E
AwIDSAAwRQIhAIsOoGytuCc1ompP0pGAsUnCc18QxeikNTQ2cUC8qy+LAiB97EGe
znR57KR6OZ3ehgmKUB1mZOWc9iumotwK74xYZg==
-----END CERTIFICATE REQUEST-----`).toString('base64')

export const kinds: readonly Kind[] = [
  { id: 'v1 configmaps', kind: 'ConfigMap', namespaced: true, object: { data: { k: 'v' } } },
  { id: 'v1 secrets', kind: 'Secret', namespaced: true, object: { data: { k: 'dmFsdWU=' }, type: 'Opaque' } },
  { id: 'v1 serviceaccounts', kind: 'ServiceAccount', namespaced: true, object: { automountServiceAccountToken: false } },
  { id: 'v1 podtemplates', kind: 'PodTemplate', namespaced: true, object: { template } },
  { id: 'v1 limitranges', kind: 'LimitRange', namespaced: true, object: { spec: { limits: [{ type: 'Container', max: { cpu: '500m' } }] } } },
  {
    id: 'v1 resourcequotas',
    kind: 'ResourceQuota',
    namespaced: true,
    object: { spec: { hard: { configmaps: '500' } } },
    status: { hard: { configmaps: '400' } },
  },
  {
    id: 'v1 replicationcontrollers',
    kind: 'ReplicationController',
    namespaced: true,
    object: { spec: { replicas: 0, selector: labels, template } },
    status: { conditions: [condition] },
  },
  {
    id: 'v1 pods',
    kind: 'Pod',
    namespaced: true,
    object: { spec: { containers: [container], nodeName: 'nowhere' } },
    status: { message: 'Patched by a test' },
  },
  {
    id: 'v1 services',
    kind: 'Service',
    namespaced: true,
    object: { spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80 }] } },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } },
  },
  { id: 'v1 endpoints', kind: 'Endpoints', namespaced: true, object: { subsets: [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80 }] }] } },
  {
    id: 'v1 events',
    kind: 'Event',
    namespaced: true,
    object: { involvedObject: { namespace: '${namespace}', kind: 'Pod', name: 'p' }, reason: 'Test', message: 'This is a test event', type: 'Normal' },
  },
  {
    id: 'v1 persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    namespaced: true,
    object: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } }, storageClassName: 'none' } },
    status: { conditions: [condition] },
  },
  {
    id: 'v1 persistentvolumes',
    kind: 'PersistentVolume',
    object: { spec: { capacity: { storage: '1Mi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp/x' }, storageClassName: 'none' } },
    status: { message: 'StatusPatched', reason: 'E2E patchStatus' },
  },
  { id: 'v1 nodes', kind: 'Node', object: { spec: {} }, status: { phase: 'Pending' } },
  { id: 'v1 namespaces', kind: 'Namespace', object: {}, status: { conditions: [condition] } },
  { id: 'apps/v1 controllerrevisions', kind: 'ControllerRevision', namespaced: true, object: { data: { a: 1 }, revision: 1 } },
  {
    id: 'apps/v1 deployments',
    kind: 'Deployment',
    namespaced: true,
    object: { spec: { replicas: 0, selector: { matchLabels: labels }, template } },
    status: { conditions: [condition] },
  },
  {
    id: 'apps/v1 replicasets',
    kind: 'ReplicaSet',
    namespaced: true,
    object: { spec: { replicas: 0, selector: { matchLabels: labels }, template } },
    status: { conditions: [condition] },
  },
  {
    id: 'apps/v1 statefulsets',
    kind: 'StatefulSet',
    namespaced: true,
    object: { spec: { replicas: 0, serviceName: 's', selector: { matchLabels: labels }, template } },
    status: { conditions: [condition] },
  },
  {
    id: 'apps/v1 daemonsets',
    kind: 'DaemonSet',
    namespaced: true,
    object: { spec: { selector: { matchLabels: labels }, template: { ...template, spec: { ...template.spec, nodeSelector: { no: 'where' } } } } },
    status: { conditions: [condition] },
  },
  {
    id: 'batch/v1 jobs',
    kind: 'Job',
    namespaced: true,
    object: { spec: { suspend: true, template: { spec: { containers: [container], restartPolicy: 'Never' } } } },
    status: { conditions: [condition] },
  },
  {
    id: 'batch/v1 cronjobs',
    kind: 'CronJob',
    namespaced: true,
    object: {
      spec: { suspend: true, schedule: '*/1 * * * ?', jobTemplate: { spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } } } } },
    },
    status: { lastScheduleTime: '2026-01-01T00:00:00Z' },
  },
  {
    id: 'policy/v1 poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    namespaced: true,
    object: { spec: { selector: { matchLabels: labels }, minAvailable: '1%' } },
    status: { disruptedPods: { p: '2026-01-01T00:00:00Z' } },
  },
  {
    id: 'autoscaling/v2 horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    namespaced: true,
    object: { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } } },
    status: { desiredReplicas: 2, conditions: [{ ...condition, type: 'ScalingActive' }] },
  },
  {
    id: 'coordination.k8s.io/v1 leases',
    kind: 'Lease',
    namespaced: true,
    object: { spec: { holderIdentity: 'holder', leaseDurationSeconds: 30, leaseTransitions: 0, renewTime: '2026-01-01T00:00:00.000000Z' } },
  },
  {
    id: 'discovery.k8s.io/v1 endpointslices',
    kind: 'EndpointSlice',
    namespaced: true,
    object: { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4', '5.6.7.8'], conditions: { ready: true } }], ports: [] },
  },
  {
    id: 'events.k8s.io/v1 events',
    kind: 'Event',
    namespaced: true,
    object: {
      eventTime: '2026-01-01T00:00:00.000001Z',
      reportingController: 'test-controller',
      reportingInstance: 'test-node',
      action: 'Do',
      reason: 'Test',
      type: 'Normal',
      note: 'This is a test event',
      regarding: { namespace: '${namespace}', kind: 'Pod', name: 'p' },
    },
  },
  {
    id: 'networking.k8s.io/v1 ingresses',
    kind: 'Ingress',
    namespaced: true,
    object: { spec: { defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } } } },
    status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
  },
  { id: 'networking.k8s.io/v1 ingressclasses', kind: 'IngressClass', object: { spec: { controller: 'example.com/controller' } } },
  { id: 'networking.k8s.io/v1 networkpolicies', kind: 'NetworkPolicy', namespaced: true, object: { spec: { podSelector: {}, policyTypes: ['Ingress'] } } },
  {
    id: 'networking.k8s.io/v1 servicecidrs',
    kind: 'ServiceCIDR',
    object: { spec: { cidrs: ['10.251.0.0/24'] } },
    held: true,
    status: { conditions: [transitioned] },
  },
  {
    id: 'networking.k8s.io/v1 ipaddresses',
    kind: 'IPAddress',
    name: (name) => `192.168.${Number(name.slice(-1)) + 1}.7`,
    object: { spec: { parentRef: { resource: 'services', namespace: 'default', name: 's' } } },
  },
  {
    id: 'admissionregistration.k8s.io/v1 validatingadmissionpolicies',
    kind: 'ValidatingAdmissionPolicy',
    object: { spec: { validations: [{ expression: 'true' }], matchConstraints: nothing } },
    status: { conditions: [transitioned] },
  },
  {
    id: 'admissionregistration.k8s.io/v1 validatingadmissionpolicybindings',
    kind: 'ValidatingAdmissionPolicyBinding',
    object: { spec: { policyName: 'none.example.com', validationActions: ['Deny'] } },
  },
  {
    id: 'admissionregistration.k8s.io/v1 mutatingadmissionpolicies',
    kind: 'MutatingAdmissionPolicy',
    object: {
      spec: {
        matchConstraints: nothing,
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
      },
    },
  },
  {
    id: 'admissionregistration.k8s.io/v1 mutatingadmissionpolicybindings',
    kind: 'MutatingAdmissionPolicyBinding',
    object: { spec: { policyName: 'none.example.com' } },
  },
  { id: 'node.k8s.io/v1 runtimeclasses', kind: 'RuntimeClass', object: { handler: 'runc' } },
  { id: 'scheduling.k8s.io/v1 priorityclasses', kind: 'PriorityClass', object: { value: 1 } },
  { id: 'rbac.authorization.k8s.io/v1 clusterroles', kind: 'ClusterRole', object: { rules: [] } },
  { id: 'rbac.authorization.k8s.io/v1 roles', kind: 'Role', namespaced: true, object: { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] } },
  { id: 'storage.k8s.io/v1 storageclasses', kind: 'StorageClass', object: { provisioner: 'example.com/fake', reclaimPolicy: 'Delete' } },
  { id: 'storage.k8s.io/v1 csidrivers', kind: 'CSIDriver', object: { spec: { attachRequired: false } } },
  { id: 'storage.k8s.io/v1 csinodes', kind: 'CSINode', object: { spec: { drivers: [] } } },
  {
    id: 'storage.k8s.io/v1 csistoragecapacities',
    kind: 'CSIStorageCapacity',
    namespaced: true,
    object: { storageClassName: 'example', nodeTopology: { matchLabels: { key: 'value' } }, capacity: '1Gi' },
  },
  {
    id: 'storage.k8s.io/v1 volumeattachments',
    kind: 'VolumeAttachment',
    object: { spec: { attacher: 'example', nodeName: 'node', source: { persistentVolumeName: 'pv' } } },
    status: { attached: false, attachmentMetadata: { patched: 'yes' } },
  },
  { id: 'storage.k8s.io/v1 volumeattributesclasses', kind: 'VolumeAttributesClass', object: { driverName: 'example.com', parameters: { a: 'b' } } },
  { id: 'resource.k8s.io/v1 deviceclasses', kind: 'DeviceClass', object: { spec: { selectors: [] } } },
  {
    id: 'resource.k8s.io/v1 resourceclaims',
    kind: 'ResourceClaim',
    namespaced: true,
    object: { spec: claimSpec },
    status: {
      allocation: { devices: { results: [{ request: 'req-0', driver: 'dra.example.com', pool: 'pool', device: 'device-0' }] } },
    },
  },
  { id: 'resource.k8s.io/v1 resourceclaimtemplates', kind: 'ResourceClaimTemplate', namespaced: true, object: { spec: { spec: claimSpec } } },
  {
    id: 'resource.k8s.io/v1 resourceslices',
    kind: 'ResourceSlice',
    object: {
      spec: { driver: 'dra.example.com', nodeName: 'node', pool: { name: 'pool', resourceSliceCount: 1, generation: 0 }, devices: [{ name: 'device-0' }] },
    },
  },
  {
    id: 'flowcontrol.apiserver.k8s.io/v1 flowschemas',
    kind: 'FlowSchema',
    object: {
      spec: {
        matchingPrecedence: 10_000,
        priorityLevelConfiguration: { name: 'global-default' },
        distinguisherMethod: { type: 'ByUser' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'nobody-at-all' } }],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/nothing'] }],
          },
        ],
      },
    },
    status: { conditions: [transitioned] },
  },
  {
    id: 'flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations',
    kind: 'PriorityLevelConfiguration',
    object: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } } },
    status: { conditions: [transitioned] },
  },
  {
    id: 'certificates.k8s.io/v1 certificatesigningrequests',
    kind: 'CertificateSigningRequest',
    object: { spec: { signerName: 'example.com/e2e', usages: ['client auth'], expirationSeconds: 3600, request: certificateRequest } },
    status: { conditions: [condition] },
  },
]
