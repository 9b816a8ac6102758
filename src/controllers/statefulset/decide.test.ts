import { expect, test } from 'vitest'
import type { StatefulSet } from '../../api/apps/v1.ts'
import type { Pod } from '../../api/core/v1.ts'
import { type Plan, decide, statusOf } from './decide.ts'
import { ordinalOf } from './identity.ts'

const nowMs = Date.UTC(2026, 0, 1)

const set = (replicas: number, spec: object = {}, status: object = {}) =>
  ({
    metadata: { name: 'db', generation: 1 },
    spec: { replicas, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, ...spec },
    status,
  }) as unknown as StatefulSet

/** `0 ok`, `1 unready old`, `2 gone` (terminating), `3 failed`. */
function pod(text: string): Pod {
  const [ordinal, state, revision = 'new'] = text.split(' ')
  return {
    metadata: {
      name: `db-${ordinal}`,
      uid: ordinal,
      labels: { 'controller-revision-hash': revision },
      ...(state === 'gone' ? { deletionTimestamp: 'x' } : {}),
    },
    spec: {},
    status: {
      phase: state === 'failed' ? 'Failed' : state === 'pending' ? 'Pending' : 'Running',
      conditions: [{ type: 'Ready', status: state === 'ok' ? 'True' : 'False' }],
    },
  } as unknown as Pod
}

const describePlan = ({ create, remove }: Plan) =>
  [...create.map((c) => `create ${c.ordinal} ${c.revision}`), ...remove.map(({ pod, why }) => `${why} ${pod.metadata.name}`)].join(', ')
const world = (of: StatefulSet, pods: readonly string[], currentRevision = 'new') => ({
  set: of,
  pods: pods.map(pod),
  currentRevision,
  updateRevision: 'new',
  nowMs,
})

const parallel = { podManagementPolicy: 'Parallel' }

for (const { name, of, pods, current, expected } of [
  { name: 'the first', of: set(3), pods: [], expected: 'create 0 new' },
  { name: 'the second when the first is ready', of: set(3), pods: ['0 ok'], expected: 'create 1 new' },
  { name: 'not before', of: set(3), pods: ['0 unready'], expected: '' },
  { name: 'all at once when parallel', of: set(3, parallel), pods: ['0 unready'], expected: 'create 1 new, create 2 new' },
  { name: 'scale down from the top', of: set(1), pods: ['0 ok', '1 ok', '2 ok'], expected: 'scale down db-2' },
  { name: 'scale down waits for the one that goes', of: set(1), pods: ['0 ok', '1 ok', '2 gone'], expected: '' },
  { name: 'scale down halts at an unhealthy pod', of: set(1), pods: ['0 unready', '1 ok'], expected: '' },
  { name: 'scale down in parallel', of: set(0, parallel), pods: ['0 unready', '1 ok'], expected: 'scale down db-1, scale down db-0' },
  { name: 'a failed pod is deleted, to be made again', of: set(2), pods: ['0 failed', '1 ok'], expected: 'ended db-0' },
  { name: 'a number is not given twice', of: set(1), pods: ['0 gone'], expected: '' },
  { name: 'update from the top', of: set(2), pods: ['0 ok old', '1 ok old'], current: 'old', expected: 'update db-1' },
  { name: 'update waits for the pod to be ready again', of: set(2), pods: ['0 ok old', '1 unready'], current: 'old', expected: '' },
  { name: 'then the next', of: set(2), pods: ['0 ok old', '1 ok'], current: 'old', expected: 'update db-0' },
  { name: 'a broken pod halts the update', of: set(2), pods: ['0 unready old', '1 ok old'], current: 'old', expected: '' },
  {
    name: 'numbers below the partition stay',
    of: set(2, { updateStrategy: { rollingUpdate: { partition: 1 } } }),
    pods: ['0 ok old', '1 ok'],
    current: 'old',
    expected: '',
  },
  {
    name: 'and come back as they were',
    of: set(2, { updateStrategy: { rollingUpdate: { partition: 1 } } }),
    pods: ['1 ok'],
    current: 'old',
    expected: 'create 0 old',
  },
  { name: 'OnDelete: nothing is updated', of: set(1, { updateStrategy: { type: 'OnDelete' } }), pods: ['0 ok old'], current: 'old', expected: '' },
  { name: 'numbers may start elsewhere', of: set(2, { ordinals: { start: 5 } }), pods: ['5 ok'], expected: 'create 6 new' },
]) {
  test(name, () => expect(describePlan(decide(world(of, pods, current)))).toBe(expected))
}

test('the update revision becomes the current one when all pods have it', () => {
  expect(statusOf(world(set(2), ['0 ok', '1 ok old'], 'old'), undefined)).toMatchObject({ currentRevision: 'old', currentReplicas: 1, updatedReplicas: 1 })
  expect(statusOf(world(set(2), ['0 ok', '1 ok'], 'old'), undefined)).toMatchObject({ currentRevision: 'new', currentReplicas: 2, updatedReplicas: 2 })
})

test('ordinals', () => {
  expect(['db-0', 'db-12', 'db-01', 'db-x', 'other-1', 'db'].map((name) => ordinalOf(set(1), name))).toEqual([
    0,
    12,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})
