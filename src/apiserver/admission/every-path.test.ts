// What a policy has not looked at, somebody will use: every place of a pod's specification where a container, a secret or a risky
// setting may stand is found in the schema table, and every policy must see it there (CVE-2023-2727, CVE-2023-2728, CVE-2024-3177).
import { describe, expect, test } from 'vitest'
import { containerLists } from '../../api/core/pod-containers.ts'
import { configMapReferences, secretReferences } from '../../api/core/pod-references.ts'
import type { Namespace, Pod } from '../../api/core/v1.ts'
import type { SchemaField } from '../../apimachinery/schema.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import type { AdmissionPlugin, MutatingAttributes } from './admission.ts'
import { alwaysPullImages } from './always-pull-images/plugin.ts'
import { attributesFor } from './fake/attributes.ts'
import { formatPath, objectAt, pathsTo, type SchemaPath } from './fake/schema-paths.ts'
import { newNodeRestriction } from './node-restriction/plugin.ts'
import { podSecurityConfiguration } from './pod-security/configuration.ts'
import { newPodSecurity } from './pod-security/plugin.ts'
import { newServiceAccountAdmission } from './service-account/plugin.ts'

const core = 'io.k8s.api.core.v1.'
const podSpec = `${core}PodSpec`
const isOneOf = (type: string, ...names: readonly string[]) => names.some((name) => type === core + name)
const cases = (paths: readonly SchemaPath[]) => paths.map((path) => [formatPath(path), path] as const)

const podWith = (path: SchemaPath, value: unknown, rest: object = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { containers: [], serviceAccountName: 'a', ...objectAt(path, value), ...rest },
  }) as unknown as Pod

async function refusal(run: Promise<void> | void | (() => Promise<void> | void)): Promise<string> {
  try {
    await (typeof run === 'function' ? run() : run)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

/** A field that holds, or is, a secret's name, and how that is written there. */
function secretAt(field: SchemaField, parent: string): object | string | undefined {
  if (isOneOf(field.type, 'SecretKeySelector', 'SecretEnvSource', 'SecretProjection')) return { name: 's' }
  if (isOneOf(field.type, 'SecretVolumeSource')) return { secretName: 's' }
  if (isOneOf(field.type, 'LocalObjectReference', 'SecretReference') && /secret/i.test(field.name)) return { name: 's' }
  return field.type === 'string' && /secret.*name/i.test(field.name) && !isOneOf(parent, 'SecretVolumeSource') ? 's' : undefined
}

const secretPaths = pathsTo(podSpec, (field, parent) => secretAt(field, parent) !== undefined)
const secretValue = (path: SchemaPath) => secretAt(path.at(-1)!, core)!

test('the table has the places that are known', () => {
  const paths = secretPaths.map(formatPath)
  for (const list of containerLists) expect(paths).toEqual(expect.arrayContaining([`${list}[].env[].valueFrom.secretKeyRef`, `${list}[].envFrom[].secretRef`]))
  expect(paths).toEqual(
    expect.arrayContaining(['imagePullSecrets[]', 'volumes[].secret', 'volumes[].projected.sources[].secret', 'volumes[].azureFile.secretName']),
  )
})

test('the lists of containers are all there are', () => {
  const lists = pathsTo(podSpec, ({ type }) => isOneOf(type, 'Container', 'EphemeralContainer')).map(([field]) => field!.name)
  expect(lists.toSorted()).toEqual([...containerLists].toSorted())
})

describe.each(cases(secretPaths))('a secret in %s', (_, path) => {
  const pod = podWith(path, secretValue(path))
  const listed = path[0]!.name

  test('is found', () => {
    expect([...secretReferences(pod)].map(({ name }) => name)).toEqual(['s'])
  })

  const account = { metadata: { name: 'a', uid: 'u', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } } }
  const plugin = newServiceAccountAdmission({ serviceAccounts: { get: () => account as never }, rand: () => 0, clock: new FakeClock() })

  test('is not mounted by an account that does not list it, whatever changed the pod meanwhile', async () => {
    expect(await refusal(() => plugin.admit!(attributesFor('pods', { object: structuredClone(pod) })))).toContain('does not reference that')
    expect(await refusal(() => plugin.validate!(attributesFor('pods', { object: pod })))).toContain('does not reference that')
  })

  const added = listed === 'ephemeralContainers' ? ['nor added later'] : []
  test.each(added)('%s', async () => {
    const update = attributesFor('pods', { operation: 'UPDATE', subresource: 'ephemeralcontainers', object: pod, oldObject: pod })
    expect(await refusal(() => plugin.validate!(update))).toContain('does not reference that')
  })

  test('has no place in a mirror pod', async () => {
    const mirror = { ...pod, metadata: { ...pod.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } }, spec: { ...pod.spec, serviceAccountName: '' } }
    expect(await refusal(() => plugin.validate!(attributesFor('pods', { object: mirror })))).toContain('a mirror pod may not reference secrets')
    expect(await mirrorRefusal(mirror)).toContain('can not create pods that reference secrets')
  })
})

const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'u' } }
const nodeRestriction = newNodeRestriction({
  nodes: { get: () => node as never },
  pods: { get: () => undefined },
  claims: { get: () => undefined },
  volumes: { get: () => undefined },
  csiDrivers: { get: () => undefined },
  authorizer: { authorize: () => ({ outcome: 'no-opinion', reason: '' }) },
})

function mirrorRefusal({ metadata, spec }: Pod): Promise<string> {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u', controller: true }]
  const object = {
    metadata: { ...metadata, ownerReferences, annotations: { 'kubernetes.io/config.mirror': 'x' } },
    spec: { ...spec, nodeName: 'n1', serviceAccountName: '' },
  }
  const user = { name: 'system:node:n1', groups: ['system:nodes'], extra: new Map() }
  return refusal(() => nodeRestriction.admit!(attributesFor('pods', { object, user })))
}

const configMapPaths = pathsTo(podSpec, ({ type }) =>
  isOneOf(type, 'ConfigMapKeySelector', 'ConfigMapEnvSource', 'ConfigMapProjection', 'ConfigMapVolumeSource'),
)
test.each(cases(configMapPaths))('a config map in %s has no place in a mirror pod', async (_, path) => {
  const pod = podWith(path, { name: 'm' })
  expect([...configMapReferences(pod)].map(({ name }) => name)).toEqual(['m'])
  expect(await mirrorRefusal(pod)).toContain('can not create pods that reference configmaps')
})

const pullPaths = pathsTo(podSpec, ({ name, type }) => type === 'string' && /pullpolicy$/i.test(name))
test.each(cases(pullPaths))('%s is Always', async (_, path) => {
  const pod = podWith(path, 'Never')
  expect(await refusal(() => alwaysPullImages.validate!(attributesFor('pods', { object: pod })))).toContain('Unsupported value: "Never"')
  const admitted = attributesFor('pods', { object: structuredClone(pod) })
  void alwaysPullImages.admit!(admitted as MutatingAttributes)
  expect(admitted.object).toEqual(podWith(path, 'Always'))
})

/** Settings that no namespace at level baseline takes: wherever the type, or the field, stands. */
const risky: readonly (readonly [string, (field: SchemaField) => boolean, unknown])[] = [
  ['privileged', ({ name, type }) => name === 'privileged' && type === 'bool', true],
  ['procMount', ({ name }) => name === 'procMount', 'Unmasked'],
  ['Capabilities', ({ type }) => isOneOf(type, 'Capabilities'), { add: ['SYS_ADMIN'] }],
  ['SELinuxOptions', ({ type }) => isOneOf(type, 'SELinuxOptions'), { type: 'spc_t' }],
  ['SeccompProfile', ({ type }) => isOneOf(type, 'SeccompProfile'), { type: 'Unconfined' }],
  ['AppArmorProfile', ({ type }) => isOneOf(type, 'AppArmorProfile'), { type: 'Unconfined' }],
  ['hostProcess', ({ type }) => isOneOf(type, 'WindowsSecurityContextOptions'), { hostProcess: true }],
  ['hostPort', ({ type }) => isOneOf(type, 'ContainerPort'), { containerPort: 80, hostPort: 80 }],
  ['hostPath', ({ type }) => isOneOf(type, 'HostPathVolumeSource'), { path: '/' }],
  ['HTTPGetAction', ({ type }) => isOneOf(type, 'HTTPGetAction'), { host: '169.254.169.254', port: 80 }],
  ['TCPSocketAction', ({ type }) => isOneOf(type, 'TCPSocketAction'), { host: '169.254.169.254', port: 80 }],
  ['host namespaces', ({ name, type }) => type === 'bool' && ['hostNetwork', 'hostPID', 'hostIPC'].includes(name), true],
]
const namespace = { metadata: { name: 'ns', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } } as unknown as Namespace
const podSecurity: AdmissionPlugin = newPodSecurity({
  namespaces: { get: () => namespace },
  pods: { inNamespace: () => [] },
  configuration: podSecurityConfiguration(undefined),
  clock: new FakeClock(),
})

describe.each(risky)('%s', (_, isPlace, value) => {
  test.each(cases(pathsTo(podSpec, isPlace)))('in %s is refused at level baseline', async (_place, path) => {
    expect(await refusal(() => podSecurity.validate!(attributesFor('pods', { object: podWith(path, value) })))).toContain(
      'violates PodSecurity "baseline:latest"',
    )
  })
})
