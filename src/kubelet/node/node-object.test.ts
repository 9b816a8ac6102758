import { expect, test } from 'vitest'
import { allocatableOf, capacityOf, conditionsOf, imagesOf, mergedAmounts, type NodeFacts } from './node-object.ts'

const facts = {
  machine: { cpus: 4, memoryBytes: 8 * 2 ** 30, diskBytes: 100 * 2 ** 30 },
  maxPods: 110,
  reserved: { cpu: '500m' },
  capacity: {},
} as unknown as NodeFacts

test('what the machine has, and what of it pods may ask for', () => {
  expect(capacityOf(facts)).toMatchObject({ cpu: '4', memory: '8388608Ki', pods: '110', 'ephemeral-storage': '104857600Ki' })
  expect(allocatableOf(facts)).toMatchObject({ cpu: '3500m', memory: '8092Mi', pods: '110' })
  expect(capacityOf({ ...facts, capacity: { cpu: '2' } })['cpu']).toBe('2')
})

test('amounts that clients patched in stay', () => {
  expect(mergedAmounts({ 'example.com/dongle': '3', cpu: '1' }, { cpu: '4' })).toEqual({ 'example.com/dongle': '3', cpu: '4' })
})

const well = { notReady: undefined, memoryPressure: false, diskPressure: false, pidPressure: false }
test('conditions in upstream words; times change with the status only', () => {
  const before = conditionsOf(well, [], 0)
  expect(before.map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`)).toEqual([
    'MemoryPressure=False KubeletHasSufficientMemory: kubelet has sufficient memory available',
    'DiskPressure=False KubeletHasNoDiskPressure: kubelet has no disk pressure',
    'PIDPressure=False KubeletHasSufficientPID: kubelet has sufficient PID available',
    'Ready=True KubeletReady: kubelet is posting ready status',
  ])
  const after = conditionsOf({ ...well, diskPressure: true, notReady: 'runtime is down' }, before, 60_000)
  expect(after.map((c) => [c.type, c.status, c.lastTransitionTime])).toEqual([
    ['MemoryPressure', 'False', '1970-01-01T00:00:00Z'],
    ['DiskPressure', 'True', '1970-01-01T00:01:00Z'],
    ['PIDPressure', 'False', '1970-01-01T00:00:00Z'],
    ['Ready', 'False', '1970-01-01T00:01:00Z'],
  ])
})

test('the largest images, five names each', () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ size: i, repoTags: [`t${i}`, 'b', 'c', 'd', 'e', 'f'] }))
  const images = imagesOf(many)
  expect(images).toHaveLength(50)
  expect(images[0]).toEqual({ names: ['t59', 'b', 'c', 'd', 'e'], sizeBytes: 59 })
})
