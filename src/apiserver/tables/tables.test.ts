import { expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { human } from './helpers.ts'
import { printedKinds, printerFor } from './printer.ts'
import { tableRow } from './table.ts'

const clock = { now: () => Date.parse('2026-01-10T00:00:00Z') }
const kindOf = (id: string) => ({ group: id.includes('/') ? id.slice(0, id.indexOf('/')) : '', kind: id.slice(id.indexOf('/') + 1) })

for (const [seconds, text] of [
  [-2, '<invalid>'],
  [-1, '0s'],
  [119, '119s'],
  [120, '2m'],
  [599, '9m59s'],
  [600, '10m'],
  [3 * 3600, '3h'],
  [3 * 3600 + 60, '3h1m'],
  [8 * 3600 + 60, '8h'],
  [48 * 3600, '2d'],
  [49 * 3600, '2d1h'],
  [8 * 86_400, '8d'],
  [730 * 86_400, '2y'],
  [731 * 86_400, '2y1d'],
  [8 * 365 * 86_400, '8y'],
] as const) {
  test(`${seconds} s are ${text}`, () => expect(human(seconds * 1000)).toBe(text))
}

// An object with nothing in it must print in every kind: clients see half-made objects.
for (const id of printedKinds) {
  test(`${id} has a cell for every column, also when empty`, () => {
    const printer = printerFor(kindOf(id), clock)
    const cells = printer.cells({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } } as unknown as KubeObject)
    expect(cells.length).toBeGreaterThanOrEqual(printer.columns.length)
    expect(cells.every((cell) => cell !== undefined)).toBe(true)
  })
}

const pod = (more: object) =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', creationTimestamp: '2026-01-09T00:00:00Z' }, ...more }) as unknown as KubeObject
const cellsOf = (object: KubeObject) => printerFor({ group: '', kind: 'Pod' }, clock).cells(object).slice(1, 4)
const containers = [{ name: 'a' }, { name: 'b' }]

for (const { name, object, expected } of [
  {
    name: 'running, one of two ready',
    object: pod({
      spec: { containers },
      status: { phase: 'Running', containerStatuses: [{ ready: true, state: { running: {} } }, { state: { running: {} } }] },
    }),
    expected: ['1/2', 'Running', '0'],
  },
  {
    name: 'crash loop with restarts',
    object: pod({
      spec: { containers: [{ name: 'a' }] },
      status: {
        phase: 'Running',
        containerStatuses: [
          { restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { finishedAt: '2026-01-09T23:59:00Z' } } },
        ],
      },
    }),
    expected: ['0/1', 'CrashLoopBackOff', '3 (60s ago)'],
  },
  {
    name: 'second of two init containers waits',
    object: pod({
      spec: { initContainers: [{ name: 'i' }, { name: 'j' }], containers },
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'i', state: { terminated: { exitCode: 0 } } },
          { name: 'j', state: { running: {} } },
        ],
      },
    }),
    expected: ['0/2', 'Init:1/2', '0'],
  },
  {
    name: 'a sidecar counts',
    object: pod({
      spec: { initContainers: [{ name: 's', restartPolicy: 'Always' }], containers: [{ name: 'a' }] },
      status: {
        phase: 'Running',
        initContainerStatuses: [{ name: 's', started: true, ready: true, state: { running: {} } }],
        containerStatuses: [{ name: 'a', ready: true, state: { running: {} } }],
      },
    }),
    expected: ['2/2', 'Running', '0'],
  },
  {
    name: 'terminating',
    object: { ...pod({ status: { phase: 'Running' } }), metadata: { name: 'p', deletionTimestamp: '2026-01-10T00:00:00Z' } } as unknown as KubeObject,
    expected: ['0/0', 'Terminating', '0'],
  },
]) {
  test(`pod: ${name}`, () => expect(cellsOf(object)).toEqual(expected))
}

test('what of the object travels along', () => {
  const printer = printerFor({ group: '', kind: 'ConfigMap' }, clock)
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } } as unknown as KubeObject
  expect(tableRow(printer, object, { version: 'v1', includeObject: 'None' })['object']).toBeNull()
  expect(tableRow(printer, object, { version: 'v1beta1', includeObject: 'Metadata' })['object']).toEqual({
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1beta1',
    metadata: { name: 'c' },
  })
  expect(tableRow(printer, object, { version: 'v1', includeObject: 'Object' })['object']).toBe(object)
})

test.each<[ports: readonly object[], cell: string]>([
  [[{ name: 'http', port: 80 }, { name: 'dns' }, {}], '80,dns,*'],
  [[{ name: '' }], '<unset>'],
  [[{ port: 1 }, { port: 2 }, { port: 3 }, { port: 4 }], '1,2,3 + 1 more...'],
])('ports of an EndpointSlice: %j are %s', (ports, cell) => {
  const slice = { metadata: { name: 's' }, addressType: 'IPv4', ports, endpoints: [] } as unknown as KubeObject
  expect(printerFor({ group: 'discovery.k8s.io', kind: 'EndpointSlice' }, clock).cells(slice)[2]).toBe(cell)
})

test('a pod that is over says so beside its row', () => {
  const conditions = (phase: string) => printerFor({ group: '', kind: 'Pod' }, clock).conditions!(pod({ status: { phase } }))
  expect(conditions('Running')).toBeUndefined()
  expect(conditions('Failed')).toEqual([{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }])
})

test('FlowSchemas are listed in the order in which they are matched', () => {
  const flowSchema = (name: string, matchingPrecedence: number) => ({ metadata: { name }, spec: { matchingPrecedence } }) as unknown as KubeObject
  const printer = printerFor({ group: 'flowcontrol.apiserver.k8s.io', kind: 'FlowSchema' }, clock)
  const sorted = [flowSchema('a', 1000), flowSchema('z', 1), flowSchema('c', 200), flowSchema('b', 200)].toSorted((a, b) => printer.compare!(a, b))
  expect(sorted.map(({ metadata }) => metadata.name)).toEqual(['z', 'b', 'c', 'a'])
})
