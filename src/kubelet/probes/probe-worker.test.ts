import { expect, test } from 'vitest'
import type { Probe } from '../../api/core/v1.ts'
import { silentLogger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { container, pod, runtimePod } from '../fake/pods.ts'
import { failed, passed } from './probe-result.ts'
import { type ProbeKind, ProbeWorker, type Result } from './probe-worker.ts'

/** Runs a probe against answers given one per period (`+` passes, `-` fails) and tells the result after each. */
async function results({
  kind,
  probe,
  answers,
  startedBefore = true,
  state = 'running',
}: {
  kind: ProbeKind
  probe: Probe
  answers: string
  startedBefore?: boolean
  state?: 'running' | 'created' | 'exited'
}) {
  const clock = new FakeClock()
  const main = container('main', state, { startedAtMs: clock.now() })
  let result: Result | undefined
  let asked = 0
  const worker = new ProbeWorker({
    kind,
    pod: pod(),
    container: pod().spec.containers[0]!,
    probe,
    runtimePod: () => runtimePod([main]),
    hostIP: '',
    run: async () => (answers[asked++] === '-' ? failed('no') : passed()),
    clock,
    recorder: { event() {} },
    logger: silentLogger,
    started: () => startedBefore,
    report: (_, r) => (result = r),
  })
  const stop = new AbortController()
  const ended = worker.run(stop.signal)
  const seen: (Result | undefined)[] = []
  for (let i = 0; i < answers.length; i++) {
    await clock.advance(i === 0 ? 0 : (probe.periodSeconds ?? 10) * 1000)
    seen.push(result)
  }
  stop.abort()
  await clock.advance(0)
  await ended
  return { seen, asked }
}

const [s, f] = ['success', 'failure'] as const
for (const { name, kind, probe, answers, want } of [
  { name: 'readiness: not ready until shown', kind: 'readiness', probe: { periodSeconds: 1 }, answers: '-+', want: [f, s] },
  {
    name: 'readiness: three failures in a row make unready',
    kind: 'readiness',
    probe: { periodSeconds: 1, failureThreshold: 3 },
    answers: '+--+---',
    want: [s, s, s, s, s, s, f],
  },
  { name: 'readiness: two successes needed', kind: 'readiness', probe: { periodSeconds: 1, successThreshold: 2 }, answers: '+-++', want: [f, f, f, s] },
  { name: 'liveness: alive until shown otherwise', kind: 'liveness', probe: { periodSeconds: 1, failureThreshold: 2 }, answers: '-+--', want: [s, s, s, f] },
  { name: 'initial delay', kind: 'readiness', probe: { periodSeconds: 1, initialDelaySeconds: 2 }, answers: '+++', want: [f, f, s] },
] as { name: string; kind: ProbeKind; probe: Probe; answers: string; want: Result[] }[]) {
  test(name, async () => expect((await results({ kind, probe, answers })).seen).toEqual(want))
}

test('liveness stops asking once it has failed: the next instance starts anew', async () => {
  expect((await results({ kind: 'liveness', probe: { periodSeconds: 1, failureThreshold: 1 }, answers: '----' })).asked).toBe(1)
})

test('startup is not asked again once passed; the others wait for it', async () => {
  expect((await results({ kind: 'startup', probe: { periodSeconds: 1 }, answers: '+++', startedBefore: true })).asked).toBe(0)
  expect((await results({ kind: 'liveness', probe: { periodSeconds: 1 }, answers: '+++', startedBefore: false })).asked).toBe(0)
})

test.each([
  ['created', 'success'],
  ['exited', 'failure'],
] as const)('liveness of a container that is %s is not asked: %s', async (state, result) => {
  // One that is about to start must not be killed for it once it runs.
  expect(await results({ kind: 'liveness', probe: { periodSeconds: 1 }, answers: '++', state })).toEqual({ seen: [result, result], asked: 0 })
})
