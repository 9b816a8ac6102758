import { describe, expect, test } from 'vitest'
import type { Node, Pod, ServiceAccount, Toleration } from '../../api/core/v1.ts'
import type { PriorityClass } from '../../api/scheduling/v1.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import type { AdmissionPlugin } from './admission.ts'
import { newDefaultTolerationSeconds } from './default-toleration-seconds/plugin.ts'
import { extendedResourceToleration } from './extended-resource-toleration/plugin.ts'
import { attributesFor } from './fake/attributes.ts'
import { limitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology/plugin.ts'
import { newNodeDeclaredFeatureValidator } from './node-declared-feature-validator/plugin.ts'
import { newPodResizeValidator } from './pod-resize-validator/plugin.ts'
import { newPodTopologyLabels } from './pod-topology-labels/plugin.ts'
import { newPriority } from './priority/plugin.ts'
import { newRuntimeClass } from './runtime-class/plugin.ts'
import { newServiceAccountAdmission } from './service-account/plugin.ts'

type Open = Record<string, unknown>
const podOf = (spec: object = {}, metadata: object = {}) => ({ metadata: { name: 'p', ...metadata }, spec: { containers: [{ name: 'c' }], ...spec } })

/** What the plugin makes of a pod, or why it refuses. */
async function outcome(plugin: AdmissionPlugin, pod: object, overrides: object = {}): Promise<Open | string> {
  const attributes = attributesFor('pods', { object: pod, ...overrides })
  try {
    await plugin.admit?.(attributes)
    await plugin.validate?.(attributes)
    return (pod as { spec: Open }).spec
  } catch (error) {
    return (error as Error).message.replace('pods "p" is forbidden: ', '')
  }
}

describe('ServiceAccount', () => {
  const account = (rest: object = {}) => ({ metadata: { name: 'default', uid: 'lllllll' }, ...rest }) as unknown as ServiceAccount
  const plugin = (found?: ServiceAccount) =>
    newServiceAccountAdmission({ serviceAccounts: { get: (key) => (key === 'ns/default' ? found : undefined) }, rand: () => 0.04, clock: new FakeClock() })
  const mount = { name: 'kube-api-access-bbbbb', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }

  test('every container gets the token, but those that have something there', async () => {
    const own = { name: 'mine', mountPath: mount.mountPath }
    const pod = podOf({ initContainers: [{ name: 'i' }], containers: [{ name: 'a' }, { name: 'b', volumeMounts: [own] }] })
    expect(await outcome(plugin(account()), pod)).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      initContainers: [{ volumeMounts: [mount] }],
      containers: [{ volumeMounts: [mount] }, { volumeMounts: [own] }],
      volumes: [
        { name: mount.name, projected: { defaultMode: 0o644, sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }, {}, {}] } },
      ],
    })
  })

  test.each([
    [undefined, undefined, true],
    [undefined, false, false],
    [false, undefined, false],
    [false, true, false],
    [true, false, true],
  ])('mounted when the pod says %s and the account %s: %s', async (ofPod, ofAccount, isMounted) => {
    const pod = podOf(ofPod === undefined ? {} : { automountServiceAccountToken: ofPod })
    const spec = (await outcome(plugin(account(ofAccount === undefined ? {} : { automountServiceAccountToken: ofAccount })), pod)) as { volumes?: object[] }
    expect(spec.volumes !== undefined).toBe(isMounted)
  })

  test('pull secrets of the account are for pods without', async () => {
    const found = account({ imagePullSecrets: [{ name: 's' }] })
    expect(await outcome(plugin(found), podOf())).toMatchObject({ imagePullSecrets: [{ name: 's' }] })
    expect(await outcome(plugin(found), podOf({ imagePullSecrets: [{ name: 'own' }] }))).toMatchObject({ imagePullSecrets: [{ name: 'own' }] })
  })

  test('a volume of the pod that has the name already is left alone', async () => {
    const pod = podOf({ containers: [{ name: 'a' }], volumes: [{ name: mount.name, emptyDir: {} }] })
    const other = (await outcome(plugin(account({ metadata: { name: 'default', uid: 'lllllll' } })), pod)) as { volumes: { name: string }[] }
    expect(other.volumes.map(({ name }) => name)).toEqual([mount.name, 'kube-api-access-ccccc'])
  })

  const enforced = account({
    metadata: { name: 'default', uid: 'lllllll', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
    secrets: [{ name: 'ok' }],
  })
  const env = (name: string) => [{ name: 'X', valueFrom: { secretKeyRef: { name, key: 'k' } } }]
  const refuses = (what: string) => `${what} is not allowed because service account default does not reference that secret`
  test.each<[string, object, string]>([
    ['a volume', { volumes: [{ name: 'v', secret: { secretName: 's' } }] }, refuses('volume with secret.secretName="s"')],
    [
      'a projected one',
      { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 's' } }] } }] },
      refuses('volume with projected referencing secret.secretName="s"'),
    ],
    ['a variable', { containers: [{ name: 'c', env: env('s') }] }, refuses('container c with envVar X referencing secret.secretName="s"')],
    ['of an init container', { initContainers: [{ name: 'i', env: env('s') }] }, refuses('init container i with envVar X referencing secret.secretName="s"')],
    [
      'all of a secret',
      { containers: [{ name: 'c', envFrom: [{ secretRef: { name: 's' } }] }] },
      refuses('container c with envFrom referencing secret.secretName="s"'),
    ],
    [
      'a pull secret',
      { imagePullSecrets: [{ name: 's' }] },
      'imagePullSecrets[0].name="s" is not allowed because service account default does not reference that imagePullSecret',
    ],
  ])('an account that limits secrets refuses %s', async (_, spec, why) => {
    expect(await outcome(plugin(enforced), podOf(spec))).toBe(why)
    expect(await outcome(plugin(enforced), podOf(JSON.parse(JSON.stringify(spec).replaceAll('"s"', '"ok"')) as object))).toEqual(
      'imagePullSecrets' in spec ? expect.stringContaining('"ok"') : expect.any(Object),
    )
  })

  test('another account must be there; the default one is waited for', async () => {
    expect(await outcome(plugin(account()), podOf({ serviceAccountName: 'x' }))).toBe('error looking up service account ns/x: serviceaccount "x" not found')
    const clock = new FakeClock()
    let found: ServiceAccount | undefined
    const waiting = outcome(newServiceAccountAdmission({ serviceAccounts: { get: () => found }, rand: () => 0, clock }), podOf())
    await clock.advance(300)
    found = account()
    await clock.advance(100)
    expect(await waiting).toMatchObject({ serviceAccountName: 'default' })
    found = undefined
    const inVain = outcome(newServiceAccountAdmission({ serviceAccounts: { get: () => found }, rand: () => 0, clock }), podOf())
    await clock.advance(60_000)
    expect(await inVain).toBe('error looking up service account ns/default: serviceaccount "default" not found')
  })

  test('what a webhook changed is seen again', () => {
    expect(() => plugin(account()).validate!(attributesFor('pods', { object: podOf() }))).toThrow('no service account specified for pod ns/p')
    expect(() => plugin(account()).validate!(attributesFor('pods', { object: podOf({ serviceAccountName: 'x' }) }))).toThrow('serviceaccount "x" not found')
  })
})

describe('Priority', () => {
  const classes = [
    { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' },
    { metadata: { name: 'usual' }, value: 10, globalDefault: true },
    { metadata: { name: 'low' }, value: 5, globalDefault: true },
  ] as unknown as PriorityClass[]
  const plugin = newPriority({ get: (name) => classes.find(({ metadata }) => metadata.name === name), all: () => classes, changedAt: () => 0 })
  test.each<[string, object, object | string]>([
    ['a class', { priorityClassName: 'high' }, { priority: 1000, preemptionPolicy: 'Never' }],
    ['no class: the lowest default', {}, { priorityClassName: 'low', priority: 5, preemptionPolicy: 'PreemptLowerPriority' }],
    ['the number of the class itself', { priorityClassName: 'high', priority: 1000 }, { priority: 1000 }],
    [
      'another number',
      { priorityClassName: 'high', priority: 1 },
      'the integer value of priority (1) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
    ],
    [
      'another policy',
      { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' },
      'the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
    ],
    ['an unknown class', { priorityClassName: 'x' }, 'no PriorityClass with name x was found'],
  ])('%s', async (_, spec, expected) => {
    const found = await outcome(plugin, podOf(spec))
    if (typeof expected === 'string') expect(found).toBe(expected)
    else expect(found).toMatchObject(expected)
  })
  test('without a default class it is zero', async () => {
    expect(await outcome(newPriority({ get: () => undefined, all: () => [], changedAt: () => 0 }), podOf())).toMatchObject({
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    })
  })
  test('there is one default', () => {
    const create = (name: string) =>
      plugin.validate!(attributesFor('scheduling.k8s.io/priorityclasses', { object: { metadata: { name }, value: 1, globalDefault: true } }))
    expect(() => create('new')).toThrow('PriorityClass low is already marked as default. Only one default can exist')
    expect(create('low')).toBeUndefined()
  })
})

describe('tolerations', () => {
  const notReady = (seconds: number, key = 'not-ready'): Toleration => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: seconds,
  })
  test.each<[string, Toleration[] | undefined, Toleration[]]>([
    ['a pod without', undefined, [notReady(300), notReady(300, 'unreachable')]],
    ['one with its own time', [notReady(5)], [notReady(5), notReady(300, 'unreachable')]],
    ['one that bears everything', [{ operator: 'Exists' }], [{ operator: 'Exists' }]],
    [
      'one that bears it for scheduling only',
      [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoSchedule' }],
      [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoSchedule' }, notReady(300), notReady(300, 'unreachable')],
    ],
  ])('DefaultTolerationSeconds: %s', async (_, own, expected) => {
    expect(await outcome(newDefaultTolerationSeconds(), podOf(own ? { tolerations: own } : {}))).toMatchObject({ tolerations: expected })
  })
  test('the times can be set', async () => {
    expect(await outcome(newDefaultTolerationSeconds({ notReady: 1, unreachable: 2 }), podOf())).toMatchObject({
      tolerations: [notReady(1), notReady(2, 'unreachable')],
    })
  })
  test('ExtendedResourceToleration: devices of all containers, once', async () => {
    const asking = (...names: string[]) => ({ name: 'c', resources: { requests: Object.fromEntries(names.map((name) => [name, '1'])) } })
    const pod = podOf({ containers: [asking('cpu', 'b.com/y', 'requests.a.com/z')], initContainers: [asking('a.com/x', 'b.com/y', 'example.kubernetes.io/q')] })
    const toleration = (key: string) => ({ key, operator: 'Exists', effect: 'NoSchedule' })
    expect(await outcome(extendedResourceToleration, pod)).toMatchObject({ tolerations: [toleration('a.com/x'), toleration('b.com/y')] })
  })
  test('RuntimeClass: those of the class come in, wider ones win', async () => {
    const scheduling = { nodeSelector: { r: 'k' }, tolerations: [{ key: 'a', operator: 'Exists' }] }
    const plugin = newRuntimeClass({ get: () => ({ metadata: { name: 'k' }, scheduling }) as never, changedAt: () => 0 })
    expect(await outcome(plugin, podOf({ runtimeClassName: 'k', tolerations: [{ key: 'a', operator: 'Equal', value: 'x' }] }))).toMatchObject({
      tolerations: scheduling.tolerations,
      nodeSelector: { r: 'k' },
    })
    expect(await outcome(plugin, podOf({ runtimeClassName: 'k', nodeSelector: { r: 'x' } }))).toContain(
      'conflict: runtimeClass.scheduling.nodeSelector[r] = k; pod.spec.nodeSelector[r] = x',
    )
    expect(await outcome(plugin, podOf({ runtimeClassName: 'k', overhead: { cpu: '1' } }))).toBe(
      'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    )
  })
})

test.each([
  ['kubernetes.io/hostname', ''],
  [
    'topology.kubernetes.io/zone',
    'affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey topology.kubernetes.io/zone but only key kubernetes.io/hostname is allowed',
  ],
])('LimitPodHardAntiAffinityTopology: %s', async (topologyKey, why) => {
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] } }
  expect(await outcome(limitPodHardAntiAffinityTopology, podOf({ affinity }))).toEqual(why || expect.any(Object))
})

const nodeOf = (labels: object = { 'kubernetes.io/os': 'linux' }, status: object = {}) => ({ metadata: { name: 'n', labels }, status }) as unknown as Node

describe('changes of running pods', () => {
  const sized = (cpu: string, rest: object = {}, generation = 1) =>
    ({
      ...podOf({ nodeName: 'n', containers: [{ name: 'c', resources: { requests: { cpu, memory: '1Gi' } } }], ...rest }, { generation }),
      status: { qosClass: 'Guaranteed' },
    }) as unknown as Pod
  const allocatable = { allocatable: { cpu: '2', memory: '1Gi' } }
  const resize = (plugin: AdmissionPlugin, to: Pod, from = sized('1')) => outcome(plugin, to, { operation: 'UPDATE', subresource: 'resize', oldObject: from })

  test.each<[string, Pod, Node | undefined, string]>([
    ['fits', sized('2', {}, 2), nodeOf(undefined, allocatable), ''],
    ['too much', sized('3', {}, 2), nodeOf(undefined, allocatable), "Node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 2000"],
    [
      'too much of both',
      sized('3', {}, 2),
      nodeOf(undefined, { allocatable: {} }),
      "Node didn't have enough allocatable resources: cpu, requested: 3000, allocatable: 0; memory, requested: 1073741824, allocatable: 0",
    ],
    [
      'on Windows',
      sized('2', {}, 2),
      nodeOf({ 'kubernetes.io/os': 'windows' }, allocatable),
      'pod resize is only supported on linux nodes, node "n" is "windows"',
    ],
    ['on no node', sized('2', {}, 2), undefined, 'node "n" not found'],
    ['that changes nothing', sized('3'), undefined, ''],
    ['not yet scheduled', sized('3', { nodeName: undefined }, 2), undefined, ''],
  ])('PodResizeValidator: a resize %s', async (_, to, node, why) => {
    expect(await resize(newPodResizeValidator({ get: () => node }), to)).toEqual(why || expect.any(Object))
  })

  const declares = (...declaredFeatures: string[]) => newNodeDeclaredFeatureValidator({ get: () => nodeOf({}, { declaredFeatures }) })
  const misses = (names: string) => `pod update requires features ${names} which are not available on node "n"`
  test.each<[string, AdmissionPlugin, Pod, string]>([
    ['CPUs of a guaranteed pod', declares(), sized('2', {}, 2), misses('GuaranteedQoSPodCPUResize')],
    ['declared', declares('GuaranteedQoSPodCPUResize'), sized('2', {}, 2), ''],
    ['resources of the pod', declares(), sized('1', { resources: { requests: { cpu: '1' } } }, 2), misses('InPlacePodLevelResourcesVerticalScaling')],
    [
      'both',
      declares(),
      sized('2', { resources: { requests: { cpu: '2' } } }, 2),
      misses('GuaranteedQoSPodCPUResize, InPlacePodLevelResourcesVerticalScaling'),
    ],
    ['an image', declares(), sized('1', { image: 'x' }, 2), ''],
  ])('NodeDeclaredFeatureValidator: %s', async (_, plugin, to, why) => {
    expect(await resize(plugin, to)).toEqual(why || expect.any(Object))
  })
  test('init containers, but not sidecars', async () => {
    const withInit = (cpu: string, restartPolicy?: string) =>
      sized('1', { initContainers: [{ name: 'i', restartPolicy, resources: { requests: { cpu } } }] }, Number(cpu))
    expect(await resize(declares(), withInit('2'), withInit('1'))).toBe(misses('InPlacePodVerticalScalingInitContainers'))
    expect(await resize(declares(), withInit('2', 'Always'), withInit('1', 'Always'))).toEqual(expect.any(Object))
  })
})

test("PodTopologyLabels: a pod that comes with its node has the node's zone and region", () => {
  const plugin = newPodTopologyLabels({
    get: (name) => (name === 'n' ? nodeOf({ 'topology.kubernetes.io/zone': 'a', 'kubernetes.io/os': 'linux' }) : undefined),
  })
  const labelsOf = (id: string, object: { metadata: { labels?: object } }, overrides: object = {}) => {
    void plugin.admit!(attributesFor(id, { object, ...overrides }))
    return object.metadata.labels
  }
  expect(labelsOf('pods', podOf({ nodeName: 'n' }, { labels: { 'topology.kubernetes.io/zone': 'x', own: 'y' } }) as never)).toEqual({
    'topology.kubernetes.io/zone': 'a',
    own: 'y',
  })
  expect(labelsOf('pods', podOf() as never)).toBeUndefined()
  expect(labelsOf('pods', podOf({ nodeName: 'unknown' }) as never)).toBeUndefined()
  const binding = (kind: string) => ({ metadata: {}, target: { kind, name: 'n' } })
  expect(labelsOf('pods', binding('Node'), { subresource: 'binding' })).toEqual({ 'topology.kubernetes.io/zone': 'a' })
  expect(labelsOf('pods', binding('Other'), { subresource: 'binding' })).toBeUndefined()
})
