import { expect, test } from 'vitest'
import { silentLogger } from '../../component-base/logger.ts'
import { systemClock } from '../../util/clock.ts'
import { NodeStatusReporter, type NodeStatusOptions } from './node-status.ts'

const facts = {
  machine: { cpus: 4, memoryBytes: 8 * 2 ** 30, diskBytes: 100 * 2 ** 30, architecture: 'amd64' },
  nodeName: 'n',
  nodeIPs: ['192.0.2.1'],
  reserved: {},
  capacity: {},
} as unknown as NodeStatusOptions['facts']

test('what others add to the capacity is allocatable, as much as there is now, until they take it away', async () => {
  const stop = new AbortController()
  const patches: { status: { capacity: object; allocatable: object } }[] = []
  const reporter = new NodeStatusReporter({
    client: {
      get: () =>
        Promise.resolve({
          status: { capacity: { 'example.com/new': '3', 'example.com/grown': '5' }, allocatable: { 'example.com/grown': '2', 'example.com/gone': '1' } },
        }),
      patch: (_: unknown, __: unknown, { patch }: { patch: (typeof patches)[number] }) => {
        patches.push(patch)
        stop.abort()
        return Promise.resolve({})
      },
    } as unknown as NodeStatusOptions['client'],
    runtime: { listImages: () => Promise.resolve({ images: [] }) } as unknown as NodeStatusOptions['runtime'],
    clock: systemClock,
    logger: silentLogger,
    recorder: {} as NodeStatusOptions['recorder'],
    facts,
    labels: {},
    taints: [],
    providerId: '',
    health: () => Promise.resolve({ notReady: undefined, memoryPressure: false, diskPressure: false, pidPressure: false }),
  })
  await reporter.run(stop.signal)
  expect(patches[0]?.status.capacity).toMatchObject({ cpu: '4', 'example.com/new': '3', 'example.com/grown': '5' })
  expect(patches[0]?.status.allocatable).toMatchObject({ cpu: '4', 'example.com/new': '3', 'example.com/grown': '5', 'example.com/gone': null })
})
