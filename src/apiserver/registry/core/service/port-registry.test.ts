import { expect, test } from 'vitest'
import { codec } from '../../../../api/codec.ts'
import { openMemoryStorage } from '../../../../storage/drivers/memory/memory.ts'
import { FakeClock } from '../../../../util/fake/clock.ts'
import { PortAllocator } from './port-allocator.ts'
import { decodePorts, encodePorts } from './port-range.ts'
import { newPortRegistry } from './port-registry.ts'

const range = { from: 30_000, to: 30_011 }
const key = '/registry/ranges/servicenodeports'
const newStorage = () => openMemoryStorage({ clock: new FakeClock() })
const allocatorOf = (storage: ReturnType<typeof newStorage>) => new PortAllocator(range, newPortRegistry(storage, codec, range), () => 0)

// Go's big.Int.Bytes(): the highest bits first, no leading zeros.
test.each<[ports: readonly number[], hex: string]>([
  [[], ''],
  [[30_000], '01'],
  [[30_001, 30_007], '82'],
  [[30_000, 30_008], '0101'],
  [[30_011], '0800'],
])('%j are %s', (ports, hex) => {
  const text = encodePorts(new Set(ports), range)
  expect(Buffer.from(text, 'base64').toString('hex')).toBe(hex)
  expect([...decodePorts(text, '30000-30011')].toSorted()).toEqual(ports)
})

test('ports are told by the range that they were stored with; ports beyond one’s own are not kept', () => {
  expect([...decodePorts(encodePorts(new Set([30_002]), range), '40000-40011')]).toEqual([40_002])
  expect(decodePorts('AQ==', 'no range').size).toBe(0)
  expect(encodePorts(new Set([80]), range)).toBe('')
})

test('several servers on one store give no port away twice', async () => {
  const storage = newStorage()
  const [one, other] = [allocatorOf(storage), allocatorOf(storage)]
  const given = await Promise.all(Array.from({ length: 13 }, (_, i) => [one, other][i % 2]!.allocateNext()))
  expect(given.filter((port) => port !== undefined).toSorted()).toEqual(Array.from({ length: 12 }, (_, i) => range.from + i))
  expect(await one.allocate(30_003)).toBe('provided port is already allocated')
  await other.release([30_003])
  expect(await one.allocate(30_003)).toBeUndefined()
})

test('at start what Services hold is in use, and nothing else, unless others may be at work', async () => {
  for (const [others, expected] of [
    [false, [30_001]],
    [true, [30_001, 30_002]],
  ] as const) {
    const storage = newStorage()
    await allocatorOf(storage).allocate(30_002)
    await allocatorOf(storage).restore(new Set([30_001, 80]), others)
    expect([...(await newPortRegistry(storage, codec, range).used())].toSorted()).toEqual(expected)
  }
})

test('what upstream has stored is read', async () => {
  const storage = newStorage()
  const object = { kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range: '30000-30011', data: 'gg==' }
  await storage.put(key, codec.encodeProtobuf('io.k8s.api.core.v1.RangeAllocation', object), 0)
  expect(await allocatorOf(storage).allocate(30_007)).toBe('provided port is already allocated')
  expect(await allocatorOf(storage).allocate(30_006)).toBeUndefined()
  expect(JSON.parse(Buffer.from((await storage.get(key))!.value).toString())).toEqual({ ...object, data: 'wg==' })
})
