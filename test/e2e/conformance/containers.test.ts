// Upstream's conformance tests of what containers find in their environment and their volumes, on nodes that `cox up` makes.
import { describe } from 'vitest'
import { nodeOutputs } from './node-outputs.ts'
import { testOutputs } from './outputs.ts'
import { place, usePlace } from './place.ts'
import { storageOutputs } from './storage-outputs.ts'
import { specOf, statusOf } from './suite.ts'

const values = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' }
const encoded = (data: Readonly<Record<string, string>>) => ({
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
})

usePlace(async () => {
  const { suite, namespace } = place
  await namespace.create('configmaps', 'ConfigMap', 'values', { data: values })
  await namespace.create('secrets', 'Secret', 'values', encoded(values))
  await namespace.create('configmaps', 'ConfigMap', 'one', { data: { DATA: 'value' } })
  await namespace.create('secrets', 'Secret', 'one', encoded({ DATA: 'value' }))
  await namespace.create('configmaps', 'ConfigMap', 'binary', { data: { data: 'value' }, binaryData: { 'dump.bin': '3sr+utD+/wA=' } })
  await namespace.create('serviceaccounts', 'ServiceAccount', 'mount', { automountServiceAccountToken: true })
  await namespace.create('serviceaccounts', 'ServiceAccount', 'nomount', { automountServiceAccountToken: false })
  const other = await suite.newNamespace()
  await other.create('secrets', 'Secret', 'values', encoded({ 'data-1': 'of another namespace' }))
  await start()
})

let start: () => Promise<void>
describe('a container finds', () => {
  start = testOutputs(
    [...nodeOutputs, ...storageOutputs],
    () => place.namespace,
    async (pod) => {
      const node = await place.suite.api.must(`GET /api/v1/nodes/${specOf(pod).nodeName}`)
      const { allocatable } = node['status'] as { allocatable: { cpu: string; memory: string } }
      const memory = String(Number.parseInt(allocatable.memory, 10) * (allocatable.memory.endsWith('Ki') ? 1024 : 1))
      const { name = '', namespace = '', uid = '' } = pod.metadata
      const { podIP = '', hostIP = '' } = statusOf(pod)
      return { pod: name, namespace, uid, podIP, hostIP, cpu: allocatable.cpu, memory }
    },
  )
})
await import('./volume-updates.ts')
