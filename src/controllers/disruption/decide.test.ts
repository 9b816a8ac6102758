import { expect, test } from 'vitest'
import type { Pod } from '../../api/core/v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../api/policy/v1.ts'
import { decide, failSafe, goalOf, needsScale } from './decide.ts'

const nowMs = Date.UTC(2026, 0, 1)
const seconds = (ago: number) => new Date(nowMs - ago * 1000).toISOString().replace('.000', '')

const budget = (spec: PodDisruptionBudgetSpec, status: object = {}) =>
  ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'default', generation: 3 },
    spec,
    status,
  }) as unknown as PodDisruptionBudget

const pod = (name: string, { ready = true, going = false } = {}) =>
  ({
    metadata: { name, ...(going ? { deletionTimestamp: seconds(0) } : {}) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as unknown as Pod

const pods = (count: number) => Array.from({ length: count }, (_, index) => pod(`p${index}`))

for (const { name, spec, total, scale, expected } of [
  { name: 'a number that must stay: of the pods there are', spec: { minAvailable: 2 }, total: 3, scale: false, expected: [3, 2] },
  { name: 'a share that must stay, rounded up', spec: { minAvailable: '50%' }, total: 3, scale: true, expected: [3, 2] },
  { name: 'a number that may go', spec: { maxUnavailable: 1 }, total: 3, scale: true, expected: [3, 2] },
  { name: 'a share that may go, rounded up', spec: { maxUnavailable: '50%' }, total: 3, scale: true, expected: [3, 1] },
  { name: 'more may go than there are', spec: { maxUnavailable: 5 }, total: 3, scale: true, expected: [3, 0] },
  { name: 'all must stay', spec: { minAvailable: '100%' }, total: 3, scale: true, expected: [3, 3] },
]) {
  test(`goal: ${name}`, () => {
    const { expectedPods, desiredHealthy } = goalOf(budget(spec), total)
    expect([needsScale(budget(spec)), expectedPods, desiredHealthy]).toEqual([scale, ...expected])
  })
}

for (const { name, given, disrupted = {}, expected } of [
  { name: 'all healthy: one may go', given: pods(3), expected: { currentHealthy: 3, disruptionsAllowed: 1 } },
  { name: 'one unready: none may go', given: [...pods(2), pod('x', { ready: false })], expected: { currentHealthy: 2, disruptionsAllowed: 0 } },
  { name: 'one on its way: none may go', given: [...pods(2), pod('x', { going: true })], expected: { currentHealthy: 2, disruptionsAllowed: 0 } },
  {
    name: 'one was let go and is still there: it counts as gone',
    given: pods(3),
    disrupted: { p0: seconds(20) },
    expected: { currentHealthy: 2, disruptionsAllowed: 0, disruptedPods: { p0: seconds(20) }, recheckMs: 100_000 },
  },
  {
    name: 'one was let go long ago and is still there: it counts again',
    given: pods(3),
    disrupted: { p0: seconds(121) },
    expected: { currentHealthy: 3, disruptionsAllowed: 1, notDeleted: ['p0'] },
  },
  {
    name: 'what was let go is on its way: forgotten',
    given: [...pods(2), pod('p2', { going: true })],
    disrupted: { p2: seconds(1), gone: seconds(1) },
    expected: { currentHealthy: 2, disruptionsAllowed: 0 },
  },
]) {
  test(name, () => {
    const { status, recheckMs, notDeleted } = decide(budget({}, { disruptedPods: disrupted }), given, { expectedPods: 3, desiredHealthy: 2 }, nowMs)
    expect({
      currentHealthy: status.currentHealthy,
      disruptionsAllowed: status.disruptionsAllowed,
      ...(status.disruptedPods ? { disruptedPods: status.disruptedPods } : {}),
      ...(recheckMs ? { recheckMs } : {}),
      ...(notDeleted.length ? { notDeleted: notDeleted.map((p) => p.metadata.name) } : {}),
    }).toEqual(expected)
    expect(status.observedGeneration).toBe(3)
  })
}

test('no pods expected: none may go, whatever is healthy', () => {
  expect(decide(budget({}), pods(3), { expectedPods: 0, desiredHealthy: 0 }, nowMs).status.disruptionsAllowed).toBe(0)
})

test('the condition says what is allowed, and keeps its time while that stays', () => {
  const first = decide(budget({}), pods(3), { expectedPods: 3, desiredHealthy: 2 }, nowMs).status
  const condition = { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods', message: '', observedGeneration: 3, lastTransitionTime: seconds(0) }
  expect(first.conditions).toEqual([condition])
  const later = decide(budget({}, first), pods(3), { expectedPods: 3, desiredHealthy: 2 }, nowMs + 1000).status
  expect(later).toEqual(first)
  const failed = failSafe(budget({}, first), new Error('no'), nowMs + 1000)
  expect(failed).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 3 })
  expect(failed.conditions).toEqual([{ ...condition, status: 'False', reason: 'SyncFailed', message: 'no', lastTransitionTime: seconds(-1) }])
})
