import { expect, test } from 'vitest'
import type { Namespace, Pod } from '../../../api/core/v1.ts'
import { attributesFor } from '../fake/attributes.ts'
import { violations } from './evaluate.ts'
import type { Level } from './policy.ts'
import { newPodSecurity } from './plugin.ts'
import { podSecurityConfiguration } from './configuration.ts'
import { systemClock } from '../../../util/clock.ts'

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

const pluginFor = (namespace: Namespace | undefined, running: Pod[] = [], configuration?: string) =>
  newPodSecurity({
    namespaces: { get: () => namespace },
    pods: { inNamespace: () => running },
    configuration: podSecurityConfiguration(configuration),
    clock: systemClock,
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
