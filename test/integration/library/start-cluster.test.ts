import { expect, test } from 'vitest'
import { isNotFound, resources, startCluster } from '../../../src/index.ts'
import { eventually } from '../../support/eventually.ts'

test('a cluster in this process answers, runs its controllers, and is gone afterwards', async () => {
  const cluster = await startCluster()
  try {
    expect(cluster.kubeconfig).toContain(cluster.server)
    const { client } = cluster
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec: {} })
    // The service account controller and the publisher of the root certificate have seen the namespace.
    await eventually(() => client.get(resources.serviceAccounts, { namespace: 'shop', name: 'default' }))
    await eventually(() => client.get(resources.configMaps, { namespace: 'shop', name: 'kube-root-ca.crt' }))
    await expect(client.get(resources.pods, { namespace: 'shop', name: 'none' })).rejects.toSatisfy(isNotFound)
  } finally {
    await cluster.stop()
  }
  await expect(fetch(cluster.server)).rejects.toThrow('fetch failed')
})

test('two clusters live side by side', async () => {
  await using one = await startCluster()
  await using two = await startCluster()
  await one.client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'only-here' }, spec: {} })
  await expect(two.client.get(resources.namespaces, { name: 'only-here' })).rejects.toSatisfy(isNotFound)
})

test('only applying creates what is not there; null bytes are kept as none', async () => {
  await using cluster = await startCluster()
  const { client } = cluster
  const name = { namespace: 'default', name: 'l' }
  for (const body of [
    { type: 'merge', patch: {} },
    { type: 'strategic', patch: {} },
    { type: 'json', patch: [] },
  ] as const) {
    await expect(client.patch(resources.leases, name, body)).rejects.toSatisfy(isNotFound)
  }
  const patch = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } }
  await client.patch(resources.leases, name, { type: 'apply', patch, force: false }, { fieldManager: 'm' })

  const data = { none: null } as unknown as { none: string }
  await client.create(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'default', name: 's' }, data })
  expect((await client.get(resources.secrets, { namespace: 'default', name: 's' })).data).toEqual({ none: '' })
})
