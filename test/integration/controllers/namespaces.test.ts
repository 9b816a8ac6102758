import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMaps, namespaces, pods, serviceAccounts } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startControlPlane, unlessMissing } from './control-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
})
afterAll(() => plane.stop())

const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} }) as const

test('a new namespace gets its account and the CA', async () => {
  const { client } = plane
  await client.create(namespaces, namespace('fresh'))
  await eventually(() => client.get(serviceAccounts, { namespace: 'fresh', name: 'default' }))
  const published = await eventually(() => client.get(configMaps, { namespace: 'fresh', name: 'kube-root-ca.crt' }))
  expect(published.data).toEqual({ 'ca.crt': 'CA' })
})

test('a deleted namespace waits for its pods, then takes everything with it', async () => {
  const { client } = plane
  await client.create(namespaces, namespace('doomed'))
  await eventually(() => client.get(serviceAccounts, { namespace: 'doomed', name: 'default' }))
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'doomed', name: 'held', finalizers: ['example.com/hold'] },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  }
  await client.create(pods, pod as never)
  await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'doomed', name: 'late' } })
  await client.delete(namespaces, { name: 'doomed' })
  const conditions = await eventually(async () => {
    const { status } = await client.get(namespaces, { name: 'doomed' })
    expect(status?.conditions?.find((c) => c.type === 'NamespaceFinalizersRemaining')?.status).toBe('True')
    return status!.conditions!
  })
  expect(conditions.map((c) => c.type)).toContain('NamespaceDeletionContentFailure')
  await client.get(configMaps, { namespace: 'doomed', name: 'late' }) // pods go first
  await client.patch(pods, { namespace: 'doomed', name: 'held' }, { type: 'merge', patch: { metadata: { finalizers: null } } })
  await eventually(async () => expect(await unlessMissing(client.get(namespaces, { name: 'doomed' }))).toBeUndefined())
})

test('what is going already is not written again when it is deleted again', async () => {
  const { client } = plane
  const name = { namespace: 'default', name: 'held' }
  await eventually(() => client.get(namespaces, { name: 'default' }))
  await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...name, finalizers: ['example.com/hold'] } })
  const versionAfterDelete = async () => {
    await client.delete(configMaps, name)
    return (await client.get(configMaps, name)).metadata.resourceVersion
  }
  expect(await versionAfterDelete()).toBe(await versionAfterDelete())
})
