import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterRoles, endpoints, endpointSlices, namespaces, services } from '../../../src/api/resources.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
  await eventually(() => plane.client.get(namespaces, { name: 'default' }))
})
afterAll(() => plane.stop())

test('Endpoints written by hand are mirrored until they go', async () => {
  const { client } = plane
  const metadata = { namespace: 'default', name: 'db' }
  const slices = async () => (await client.list(endpointSlices, { namespace: 'default', labelSelector: 'kubernetes.io/service-name=db' })).items
  await client.create(services, { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 5432 }] } } as never)
  const subsets = [{ addresses: [{ ip: '10.9.8.7' }], ports: [{ port: 5432 }] }]
  await client.create(endpoints, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets })
  await eventually(async () => {
    const [slice] = await slices()
    expect(slice?.endpoints?.map(({ addresses }) => addresses)).toEqual([['10.9.8.7']])
    expect(slice?.ports).toMatchObject([{ port: 5432, protocol: 'TCP' }])
  })
  await client.patch(endpoints, metadata, { type: 'merge', patch: { subsets: [{ addresses: [{ ip: '10.9.8.6' }], ports: [{ port: 5432 }] }] } })
  await eventually(async () => {
    expect((await slices()).map((slice) => slice.endpoints?.map(({ addresses }) => addresses[0]))).toEqual([['10.9.8.6']])
  })
  await client.delete(endpoints, metadata)
  await eventually(async () => expect(await slices()).toEqual([]))
})

test('an aggregated role gathers rules, and gives them up again', async () => {
  const { client } = plane
  const role = (name: string, more: object) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, ...more }) as never
  await eventually(async () => expect((await client.get(clusterRoles, { name: 'view' })).rules?.length).toBeGreaterThan(1))
  const rules = [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] }]
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
  await client.create(clusterRoles, role('widgets', { metadata: { name: 'widgets', labels }, rules }))
  await eventually(async () => expect((await client.get(clusterRoles, { name: 'view' })).rules).toContainEqual(rules[0]))
  await client.delete(clusterRoles, { name: 'widgets' })
  await eventually(async () => expect((await client.get(clusterRoles, { name: 'view' })).rules).not.toContainEqual(rules[0]))
})
