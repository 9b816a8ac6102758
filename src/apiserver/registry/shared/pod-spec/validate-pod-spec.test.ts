import { expect, test } from 'vitest'
import type { PodSpec, PodTemplateSpec } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage, forbidden } from '../../../../apimachinery/field-errors.ts'
import { podSpecDefaults } from './defaults.ts'
import { validatePodSpec, validatePodTemplateSpec } from './validate-pod-spec.ts'

const container = { name: 'c', image: 'i' }

/** A spec as it reaches validation: with its defaults. */
function specOf(given: object): PodSpec {
  const spec = { containers: [structuredClone(container)], ...given } as unknown as Mutable<PodSpec>
  podSpecDefaults(spec)
  return spec as PodSpec
}

const messages = (given: object, options = {}) => validatePodSpec(specOf(given), 'spec', options).map(fieldErrorMessage)
const inContainer = (given: object) => messages({ containers: [{ ...container, ...given }] }).map((text) => text.replace('spec.containers[0].', ''))

test('what a kubelet shows of a static pod has no claims', () => {
  const claims = { resourceClaims: [{ name: 'a', resourceClaimName: 'b' }] }
  expect(messages(claims, { isMirror: true })).toEqual([fieldErrorMessage(forbidden('[]', 'static pods do not support resource claims'))])
  expect(messages(claims)).toEqual([])
})

test('files of variables: key, volume, path; the path stays below', () => {
  const env = [{ name: 'A', valueFrom: { fileKeyRef: { key: '', volumeName: 'none', path: '../x' } } }]
  expect(messages({ containers: [{ ...container, env }] })).toEqual([
    'spec.containers[0].env[0].valueFrom.fileKeyRef.key: Required value',
    'spec.containers[0].env[0].valueFrom.fileKeyRef.path: Invalid value: "../x": must not contain \'..\'',
    'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Not found: "none"',
  ])
})

test('the claim of an ephemeral volume is checked as a claim is', () => {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, dataSource: { kind: 'Thing', name: 'a' } }
  expect(messages({ volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec } } }] })).toEqual([
    'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource: Invalid value: "Thing": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
  ])
})

test('metadata of a claim template: labels and annotations only, told in the order of the struct', () => {
  const metadata = { finalizers: [], uid: 'u', generation: 0, deletionGracePeriodSeconds: 0, name: 'n', labels: { a: '-' } }
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const field = 'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata'
  expect(messages({ volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { metadata, spec } } }] })).toEqual([
    expect.stringMatching(/metadata\.labels: Invalid value: "-"/),
    ...['name', 'uID', 'deletionGracePeriodSeconds', 'finalizers'].map((name) => `${field}.${name}: Forbidden: cannot be set`),
  ])
})

test('an ephemeral container may say nothing of what it cannot have, not even nothing', () => {
  const spec = specOf({ ephemeralContainers: [{ name: 'e', image: 'i', ports: [], resources: {}, lifecycle: {}, startupProbe: null }] })
  expect(validatePodSpec(spec, 'spec', {}).map(fieldErrorMessage)).toEqual(
    expect.arrayContaining(['ports', 'lifecycle'].map((name) => `spec.ephemeralContainers[0].${name}: Forbidden: cannot be set for an Ephemeral Container`)),
  )
  expect(validatePodSpec(spec, 'spec', {}).map(({ field }) => field)).not.toContain('spec.ephemeralContainers[0].resources')
})

test('a template whose AppArmor annotation and field differ', () => {
  const metadata = { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' } }
  const spec = specOf({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } })
  expect(validatePodTemplateSpec({ metadata, spec } as unknown as PodTemplateSpec, 'template').map(fieldErrorMessage)).toEqual([
    'template.spec.containers[0].securityContext.appArmorProfile.type: Forbidden: apparmor type in annotation and field must match',
  ])
})

test('a minimal pod is fine', () => {
  expect(messages({})).toEqual([])
})

test.each([
  ['no containers', { containers: [] }, ['spec.containers: Required value']],
  ['names are unique across kinds', { initContainers: [container] }, ['spec.initContainers[0].name: Duplicate value: "c"']],
  [
    'only sidecars have handlers among init containers',
    { initContainers: [{ name: 'i', image: 'i', lifecycle: { preStop: { exec: { command: ['x'] } } } }] },
    ['spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always'],
  ],
  ['sidecars do', { initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always', lifecycle: { preStop: { exec: { command: ['x'] } } } }] }, []],
  [
    'unknown DNS policy',
    { dnsPolicy: 'X' },
    ['spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'],
  ],
  ['own DNS needs servers', { dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
  [
    'resolvers have limits',
    { dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } },
    ['spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers'],
  ],
  ['users of its own, not the namespaces of its node', { hostUsers: false, hostPID: true }, ['spec.HostPID: Forbidden: when `hostUsers` is false']],
  [
    'a sysctl of the shared network namespace',
    { hostNetwork: true, securityContext: { sysctls: [{ name: 'net/ipv4/ip_forward', value: '1' }] } },
    ['spec.securityContext.sysctls[0].name: Invalid value: "net/ipv4/ip_forward": may not be specified when \'hostNetwork\' is true'],
  ],
  [
    'ids have 31 bits',
    { securityContext: { fsGroup: 2 ** 31 } },
    ['spec.securityContext.fsGroup: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive'],
  ],
  [
    'a Windows pod has no Linux user',
    { os: { name: 'windows' }, securityContext: { runAsUser: 1 } },
    ['spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod'],
  ],
  [
    'a Windows pod has no resources as a whole',
    { os: { name: 'windows' }, resources: { requests: { cpu: '0' } } },
    ['spec.resources: Forbidden: may not be set for a windows pod'],
  ],
  [
    'huge pages of containers fit into those of the pod',
    {
      resources: { limits: { cpu: '1', 'hugepages-2Mi': '2Mi' } },
      containers: [{ ...container, resources: { limits: { cpu: '1', 'hugepages-2Mi': '4Mi' } } }],
    },
    [
      'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
      'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must be less than or equal to pod limits of 2Mi',
    ],
  ],
  [
    'an init container that ends is not restarted for a resize',
    { initContainers: [{ name: 'i', image: 'i', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }] },
    [
      'spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to \'RestartContainer\' for non-sidecar initContainers',
    ],
  ],
  [
    'a name of its own, not of its node',
    { hostNetwork: true, hostnameOverride: 'a' },
    ['spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true'],
  ],
  ['unknown system', { os: { name: 'plan9' } }, ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']],
  [
    'deadlines start at one second',
    { activeDeadlineSeconds: 0 },
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  ['gates are unique', { schedulingGates: [{ name: 'a' }, { name: 'a' }] }, ['spec.schedulingGates[1]: Duplicate value: "a"']],
  [
    'comparing tolerations are an alpha feature',
    { tolerations: [{ key: 'a', operator: 'Gt', value: '1' }] },
    ['spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"'],
  ],
  [
    'a claim is one or the other',
    { resourceClaims: [{ name: 'a' }] },
    [
      'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
    ],
  ],
])('%s', (_, given, expected) => {
  expect(messages(given)).toEqual(expected)
})

test.each([
  ['a port', { ports: [{ containerPort: 70_000, protocol: 'TCP' }] }, ['ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive']],
  [
    'a variable without a source',
    { env: [{ name: 'A', valueFrom: {} }] },
    ['env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'],
  ],
  [
    'a file of no volume',
    { env: [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } } }] },
    ['env[0].valueFrom.fileKeyRef.volumeName: Not found: "v"'],
  ],
  ['a label in the environment', { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } }] }, []],
  [
    'all labels do not fit one',
    { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] },
    [
      'env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
    ],
  ],
  [
    'devices are asked for exactly',
    { resources: { limits: { 'example.com/gpu': '2' }, requests: { 'example.com/gpu': '1' } } },
    ['resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2'],
  ],
  [
    'huge pages come with something small',
    { resources: { limits: { 'hugepages-2Mi': '2Mi' }, requests: { 'hugepages-2Mi': '2Mi' } } },
    ['resources: Forbidden: HugePages require cpu or memory'],
  ],
  [
    'and are whole',
    { resources: { limits: { 'hugepages-2Mi': '3Mi', cpu: '1' }, requests: { 'hugepages-2Mi': '3Mi' } } },
    [
      'resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
    ],
  ],
  ['a mount of no volume', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }, ['volumeMounts[0].name: Not found: "v"']],
  [
    'one handler',
    { livenessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } },
    ['livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
  ],
  [
    'liveness is not counted',
    { livenessProbe: { exec: { command: ['a'] }, successThreshold: 2 } },
    ['livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  ],
  [
    'no sleep beyond the grace period',
    { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
    ['lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)'],
  ],
  [
    'rules need a policy',
    { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] },
    ['restartPolicy: Required value: must specify restartPolicy when restart rules are used'],
  ],
  [
    'privileges are given or not',
    { securityContext: { allowPrivilegeEscalation: false, privileged: true } },
    [
      'securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  ],
])('container: %s', (_, given, expected) => {
  expect(inContainer(given)).toEqual(expected)
})

test.each([
  ['two sources', [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }], ['[0].hostPath: Forbidden: may not specify more than 1 volume type']],
  ['a volume twice', [{ name: 'a' }, { name: 'a' }], ['[1].name: Duplicate value: "a"']],
  ['the way up', [{ name: 'a', hostPath: { path: '/a/../b' } }], ['[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'']],
  [
    'a file mode',
    [{ name: 'a', secret: { secretName: 's', defaultMode: 512 } }],
    ['[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive'],
  ],
  [
    'a token that is too short',
    [{ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 10 } }] } }],
    ['[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes'],
  ],
  ['no sources at all', [{ name: 'a', projected: { sources: null } }], []],
  [
    'a claim template without a size',
    [{ name: 'a', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } }],
    ['[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value'],
  ],
])('volumes: %s', (_, volumes, expected) => {
  expect(messages({ volumes }).map((text) => text.replace('spec.volumes', ''))).toEqual(expected)
})

test('pod-level resources have room for what containers ask for', () => {
  const spec = { containers: [{ ...container, resources: { requests: { cpu: '200m' } } }], resources: { requests: { cpu: '100m' } } }
  expect(messages(spec)).toEqual(['spec.resources.requests[cpu]: Invalid value: "100m": must be greater than or equal to aggregate container requests of 200m'])
})

test('templates may leave open what pods must say', () => {
  const hostPort = { hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 80, protocol: 'TCP' }] }] }
  const image = { volumes: [{ name: 'v', image: {} }] }
  expect([messages(hostPort), messages(image)]).toEqual([[], []])
  expect(messages(hostPort, { isPod: true })).toEqual([
    'spec.containers[0].ports[0].hostPort: Invalid value: 0: must match `containerPort` when `hostNetwork` is true',
  ])
  expect(messages(image, { isPod: true })).toEqual(['spec.volumes[0].image.reference: Required value'])
})

test('templates have no ephemeral containers', () => {
  const spec = specOf({ ephemeralContainers: [{ name: 'e', image: 'i' }] })
  const errors = validatePodTemplateSpec({ spec }, 'spec.template').map(fieldErrorMessage)
  expect(errors).toEqual(['spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template'])
})

test('an object keeps what it already has', () => {
  const spec = { volumes: [{ name: 'a', projected: { sources: [{ serviceAccountToken: { path: '../t' } }] } }] }
  expect(messages(spec)).toEqual(['spec.volumes[0].projected.path: Invalid value: "../t": must not contain \'..\''])
  expect(messages(spec, { allowNonLocalTokenPath: true })).toEqual([])
})
