import { describe, expect, test } from 'vitest'
import type { Namespace, Pod } from '../../../api/core/v1.ts'
import { attributesFor } from '../fake/attributes.ts'
import { violations } from './evaluate.ts'
import { prioritized } from './existing-pods.ts'
import type { Level } from './policy.ts'
import { newPodSecurity } from './plugin.ts'
import { podSecurityConfiguration } from './configuration.ts'

const container = (securityContext: object = {}, rest: object = {}) => ({ name: 'c', securityContext, ...rest })
const podOf = (spec: object, annotations = {}) =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', annotations }, spec: { containers: [container()], ...spec } }) as unknown as Pod
const good = { allowPrivilegeEscalation: false, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, capabilities: { drop: ['ALL'] } }

const withContainer = (securityContext: object, rest: object = {}, spec: object = {}) => podOf({ containers: [container(securityContext, rest)], ...spec })

test.each<[string, Level, number | undefined, Pod, string]>([
  ['a plain pod', 'baseline', undefined, podOf({}), ''],
  ['everything', 'privileged', undefined, podOf({ hostNetwork: true }), ''],
  ['the network of the host', 'baseline', undefined, podOf({ hostNetwork: true, hostIPC: true }), 'host namespaces (hostNetwork=true, hostIPC=true)'],
  ['a host port', 'baseline', undefined, withContainer({}, { ports: [{ hostPort: 80 }] }), 'hostPort (container "c" uses hostPort 80)'],
  ['a probed host, before 1.34', 'baseline', 33, withContainer({}, { livenessProbe: { httpGet: { host: 'h' } } }), ''],
  [
    'a probed host',
    'baseline',
    34,
    withContainer({}, { livenessProbe: { httpGet: { host: 'h' } } }),
    'probe or lifecycle host (container "c" uses probe or lifecycle host "h")',
  ],
  [
    'root in a user namespace, before 1.35',
    'restricted',
    34,
    withContainer({ ...good, runAsUser: 0 }, {}, { hostUsers: false }),
    'runAsUser=0 (container "c" must not set runAsUser=0)',
  ],
  ['root in a user namespace', 'restricted', 35, withContainer({ ...good, runAsUser: 0 }, {}, { hostUsers: false }), ''],
  ['what was safe later', 'baseline', 26, podOf({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }), 'forbidden sysctls (net.ipv4.tcp_rmem)'],
  ['Windows knows no capabilities', 'restricted', undefined, withContainer({ runAsNonRoot: true }, {}, { os: { name: 'windows' } }), ''],
  [
    'the strict control alone speaks',
    'restricted',
    undefined,
    withContainer({ ...good, capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
    'unrestricted capabilities (container "c" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
  ],
])('%s: %s at %s', (_, level, minor, pod, complaint) => {
  const found = violations({ level, minor }, { annotations: {}, spec: pod.spec })
  expect(found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')).toBe(complaint)
})

const label = (mode: string) => `pod-security.kubernetes.io/${mode}`
const namespaceWith = (labels: object) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns', labels } }) as unknown as Namespace

/** No time passes. */
const clock = { monotonic: () => 0, sleep: async () => {} }

const pluginFor = (namespace: Namespace | undefined, running: Pod[] = [], configuration?: string) =>
  newPodSecurity({
    namespaces: { get: () => namespace },
    pods: { inNamespace: () => running },
    configuration: podSecurityConfiguration(configuration),
    clock,
  })

test('enforcing refuses pods, warns of workloads, and says in the audit log by which policy', () => {
  const plugin = pluginFor(namespaceWith({ [label('enforce')]: 'baseline' }))
  const attributes = attributesFor('pods', { object: podOf({ hostPID: true }) })
  expect(() => plugin.validate!(attributes)).toThrow('pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)')
  expect(attributes.annotations).toEqual({ [label('enforce-policy')]: 'baseline:latest' })

  const deployment = { metadata: { name: 'd' }, spec: { template: { spec: { hostPID: true, containers: [] } } } }
  const workload = attributesFor('apps/deployments', { object: deployment })
  void plugin.validate!(workload)
  expect(workload.warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)'])
})

test('a stricter label warns of the pods that are there', async () => {
  const running = ['b', 'a', 'c'].map((name) => ({ ...podOf({ hostPID: name !== 'c' }), metadata: { name } }) as unknown as Pod)
  const plugin = pluginFor(undefined, running)
  const attributes = attributesFor('namespaces', {
    operation: 'UPDATE',
    object: namespaceWith({ [label('enforce')]: 'baseline' }),
    oldObject: namespaceWith({}),
  })
  await plugin.validate!(attributes)
  expect(attributes.warnings).toEqual([
    'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
    'a (and 1 other pod): host namespaces',
  ])
})

const labels = (policy: Record<string, string>) => Object.fromEntries(Object.entries(policy).map(([key, value]) => [label(key), value]))
const hostPod = (rest: object = {}) => podOf({ hostPID: true, ...rest })

function outcome(namespace: Record<string, string>, overrides: object, configuration?: string) {
  const attributes = attributesFor('pods', { object: hostPod(), ...overrides })
  let error = ''
  try {
    void pluginFor(namespaceWith(labels(namespace)), [], configuration).validate!(attributes)
  } catch (refused) {
    error = (refused as Error).message
  }
  return { error, warnings: attributes.warnings, annotations: attributes.annotations }
}

describe('modes', () => {
  test('warn warns, audit is written down, and neither refuses', () => {
    expect(outcome({ enforce: 'privileged', warn: 'baseline', 'warn-version': 'v1.20', audit: 'restricted' }, {})).toEqual({
      error: '',
      warnings: ['would violate PodSecurity "baseline:v1.20": host namespaces (hostPID=true)'],
      annotations: {
        [label('enforce-policy')]: 'privileged:latest',
        [label('audit-violations')]: expect.stringMatching(
          /^would violate PodSecurity "restricted:latest": host namespaces \(hostPID=true\), allowPrivilegeEscalation/,
        ) as string,
      },
    })
  })

  test('who is refused is not warned, too', () => {
    expect(outcome({ enforce: 'baseline', warn: 'restricted' }, {})).toMatchObject({
      error: expect.stringContaining('violates PodSecurity "baseline:latest"') as string,
      warnings: [],
    })
  })

  test('workloads are never refused', () => {
    const spec = { template: { spec: hostPod().spec } }
    for (const [id, object] of [
      ['apps/deployments', { metadata: { name: 'w' }, spec }],
      ['batch/cronjobs', { metadata: { name: 'w' }, spec: { jobTemplate: { spec } } }],
      ['podtemplates', { metadata: { name: 'w' }, template: spec.template }],
    ] as const) {
      const attributes = attributesFor(id, { object })
      void pluginFor(namespaceWith(labels({ enforce: 'baseline', warn: 'baseline', audit: 'baseline' }))).validate!(attributes)
      expect(attributes.warnings).toEqual(['would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)'])
      expect(attributes.annotations).toEqual({ [label('audit-violations')]: 'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)' })
    }
  })

  test('labels that cannot be read are taken as the strictest, and written down', () => {
    const { error, annotations } = outcome({ enforce: 'bassline' }, {})
    expect(error).toContain('violates PodSecurity "restricted:latest"')
    expect(annotations[label('error')]).toContain('Failed to parse policy')
  })
})

describe('who is exempt', () => {
  const configuration =
    'apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\nexemptions: {usernames: [root], namespaces: [kube-system], runtimeClasses: [kata]}'
  test.each<[string, object, string | undefined]>([
    ['a user', { user: { name: 'root', groups: [], extra: new Map() } }, 'user'],
    ['a namespace', { namespace: 'kube-system' }, 'namespace'],
    ['a runtime class', { object: hostPod({ runtimeClassName: 'kata' }) }, 'runtimeClass'],
    ['nobody else', {}, undefined],
  ])('%s', (_, overrides, exempt) => {
    const { error, annotations } = outcome({ enforce: 'baseline' }, overrides, configuration)
    expect(error === '').toBe(exempt !== undefined)
    expect(annotations[label('exempt')]).toBe(exempt)
  })
})

test.each<[string, object, boolean]>([
  ['nothing', {}, false],
  ['a label', { metadata: { labels: { a: 'b' } } }, false],
  ['an image', { spec: { containers: [{ name: 'c', image: 'other' }] } }, true],
  ['a new ephemeral container', { spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } }, true],
  ['a seccomp annotation', { metadata: { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'x' } } }, true],
])('an update of %s is looked at: %s', (_, change, isChecked) => {
  const old = { ...hostPod(), metadata: { name: 'p' }, spec: { hostPID: true, containers: [{ name: 'c', image: 'i' }] } }
  const { metadata = {}, spec = {} } = change as { metadata?: object; spec?: object }
  const object = { ...old, metadata: { ...old.metadata, ...metadata }, spec: { ...old.spec, ...spec } }
  expect(outcome({ enforce: 'baseline' }, { operation: 'UPDATE', oldObject: old, object }).error !== '').toBe(isChecked)
})

describe('labels of a namespace', () => {
  async function relabel(from: Record<string, string>, to: Record<string, string>, running: Pod[] = [], configuration?: string) {
    const attributes = attributesFor('namespaces', { operation: 'UPDATE', oldObject: namespaceWith(labels(from)), object: namespaceWith(labels(to)) })
    await pluginFor(undefined, running, configuration).validate!(attributes)
    return attributes.warnings
  }
  const running = (count: number, controller?: string) =>
    Array.from({ length: count }, (_, i) => {
      const name = `pod-${String(i).padStart(4, '0')}`
      return { ...hostPod(), metadata: { name, ...(controller ? { ownerReferences: [{ uid: controller, controller: true }] } : {}) } } as unknown as Pod
    })

  test('must be right when they come, and may stay wrong', async () => {
    const create = async () => {
      await pluginFor(undefined).validate!(attributesFor('namespaces', { object: namespaceWith(labels({ enforce: 'x' })) }))
    }
    await expect(create()).rejects.toMatchObject({ code: 422 })
    await expect(relabel({}, { 'warn-version': '1.20' })).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining('must be "latest" or "v1.x"') as string,
    })
    expect(await relabel({ enforce: 'x' }, { enforce: 'x', audit: 'baseline' })).toEqual([])
  })

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['the same', { enforce: 'baseline' }, { enforce: 'baseline' }],
    ['less', { enforce: 'restricted' }, { enforce: 'baseline' }],
    ['nothing', { enforce: 'baseline' }, { enforce: 'privileged' }],
    ['warnings only', {}, { warn: 'restricted' }],
  ])('who asks for %s is not warned', async (_, from, to) => {
    expect(await relabel(from, to, running(1))).toEqual([])
  })

  test('those with the same reasons are told together, under the first name', async () => {
    const warning = (names: string) => [
      'existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"',
      `${names}: host namespaces`,
    ]
    expect(await relabel({}, { enforce: 'baseline' }, running(1))).toEqual(warning('pod-0000'))
    expect(await relabel({}, { enforce: 'baseline' }, running(2).toReversed())).toEqual(warning('pod-0000 (and 1 other pod)'))
    expect(await relabel({}, { enforce: 'baseline' }, running(5))).toEqual(warning('pod-0000 (and 4 other pods)'))
  })

  test('of very many pods some are looked at, one of each controller first', async () => {
    const [first] = await relabel({}, { enforce: 'baseline' }, running(3500))
    expect(first).toBe('new PodSecurity enforce level only checked against the first 3000 of 3500 existing pods')
    const odd = { ...withContainer({ privileged: true }), metadata: { name: 'odd' } } as unknown as Pod
    expect(await relabel({}, { enforce: 'baseline' }, [...running(3500, 'rs'), odd])).toContain('odd: privileged')
    expect(prioritized([...running(2, 'a'), ...running(2, 'b'), odd]).map(({ metadata }) => metadata.name)).toEqual([
      'pod-0000',
      'pod-0000',
      'odd',
      'pod-0001',
      'pod-0001',
    ])
  })
})
