import { expect, test } from 'vitest'
import type { Container, PodStatus } from '../../api/core/v1.ts'
import { container, pod, readySandbox, runtimePod } from '../fake/pods.ts'
import type { RuntimeContainer } from '../runtime/runtime-pod.ts'
import { generateStatus, type GenerateInput } from './generate.ts'

const nowMs = Date.UTC(2026, 0, 1, 12)
const generate = (input: Partial<GenerateInput> & Pick<GenerateInput, 'pod' | 'runtimePod'>): PodStatus =>
  generateStatus({
    previous: undefined,
    startFailure: () => undefined,
    readiness: (_: Container, { state }: RuntimeContainer) => ({ started: state === 'running', ready: state === 'running' }),
    runtimeName: 'containerd',
    hostIPs: ['192.0.2.1'],
    nowMs,
    terminal: false,
    ...input,
  })

/** `Ready=False ContainersNotReady: containers with unready status: [main]` */
const condition = (status: PodStatus, type: string) => {
  const { status: value, reason, message } = status.conditions!.find((c) => c.type === type)!
  return [`${type}=${value}`, ...(reason ? [reason + (message ? `: ${message}` : '')] : [])].join(' ')
}

const run = container('main', 'running')
const fail = container('main', 'exited', { exitCode: 2, reason: 'Error' })
const done = container('main', 'exited')
const crash = () => ({ reason: 'CrashLoopBackOff', message: 'back-off 10s' })

for (const { name, spec = {}, containers, more = {}, phase, conditions = [] } of [
  {
    name: 'accepted',
    containers: [],
    phase: 'Pending',
    conditions: ['Initialized=True', 'Ready=False ContainersNotReady: containers with unready status: [main]'],
  },
  { name: 'running', containers: [run], phase: 'Running', conditions: ['Ready=True', 'ContainersReady=True', 'PodReadyToStartContainers=True'] },
  {
    name: 'running, not ready',
    containers: [run],
    more: { readiness: () => ({ started: true, ready: false }) },
    phase: 'Running',
    conditions: ['ContainersReady=False ContainersNotReady: containers with unready status: [main]'],
  },
  {
    name: 'succeeded',
    spec: { restartPolicy: 'Never' },
    containers: [done],
    phase: 'Succeeded',
    conditions: ['Ready=False PodCompleted', 'Initialized=True PodCompleted'],
  },
  {
    name: 'failed',
    spec: { restartPolicy: 'Never' },
    containers: [fail],
    phase: 'Failed',
    conditions: ['Ready=False PodFailed', 'ContainersReady=False PodFailed'],
  },
  { name: 'made, not started yet', spec: { restartPolicy: 'Never' }, containers: [container('main', 'created')], phase: 'Pending' },
  { name: 'exited and to be restarted', containers: [fail], phase: 'Running' },
  { name: 'crash looping counts as running', containers: [fail], more: { startFailure: crash }, phase: 'Running' },
  { name: 'deleted while crash looping', containers: [fail], more: { terminal: true }, phase: 'Failed' },
  {
    name: 'one of two waits for its image',
    spec: { containers: [{ name: 'main' }, { name: 'other' }] },
    containers: [run],
    more: { startFailure: () => ({ reason: 'ErrImagePull', message: '' }) },
    phase: 'Pending',
  },
  {
    name: 'init containers to go',
    spec: { initContainers: [{ name: 'i1' }, { name: 'i2' }] },
    containers: [container('i1', 'running')],
    phase: 'Pending',
    conditions: ['Initialized=False ContainersNotInitialized: containers with incomplete status: [i1 i2]'],
  },
  {
    name: 'init container failed for good',
    spec: { restartPolicy: 'Never', initContainers: [{ name: 'i1' }] },
    containers: [container('i1', 'exited', { exitCode: 1 })],
    phase: 'Failed',
  },
  {
    name: 'init container failed, to be tried again',
    spec: { initContainers: [{ name: 'i1' }] },
    containers: [container('i1', 'exited', { exitCode: 1 })],
    phase: 'Pending',
  },
  {
    name: 'containers done, sidecar still runs',
    spec: { restartPolicy: 'Never', initContainers: [{ name: 's', restartPolicy: 'Always' }] },
    containers: [container('s', 'running'), done],
    phase: 'Running',
  },
  { name: 'past its deadline', containers: [run], more: { failure: { reason: 'DeadlineExceeded', message: 'late' } }, phase: 'Failed' },
  {
    name: 'a readiness gate that nobody has set',
    spec: { readinessGates: [{ conditionType: 'www/ok' }] },
    containers: [run],
    phase: 'Running',
    conditions: ['ContainersReady=True', 'Ready=False ReadinessGatesNotReady: corresponding condition of pod readiness gate "www/ok" does not exist.'],
  },
] as { name: string; spec?: object; containers: RuntimeContainer[]; more?: object; phase: string; conditions?: string[] }[]) {
  test(`${name} → ${phase}`, () => {
    const status = generate({ pod: pod(spec), runtimePod: runtimePod(containers), ...more })
    expect(status.phase).toBe(phase)
    for (const wanted of conditions) expect(condition(status, wanted.split('=')[0]!)).toBe(wanted)
  })
}

test('addresses, generation, start time', () => {
  expect(generate({ pod: pod(), runtimePod: runtimePod([run]) })).toMatchObject({
    observedGeneration: 1,
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    podIP: '10.0.0.5',
    podIPs: [{ ip: '10.0.0.5' }],
    startTime: '2026-01-01T12:00:00Z',
    qosClass: 'BestEffort',
  })
  expect(generate({ pod: pod({ hostNetwork: true }), runtimePod: runtimePod([], [{ ...readySandbox, hostNetwork: true, ips: [] }]) }).podIP).toBe('192.0.2.1')
})

test('a restart: state of the newest instance, lastState of the one before', () => {
  const newer = container('main', 'running', { id: 'second', restartCount: 1, createdAtMs: 5_000, startedAtMs: 5_000 })
  const [status] = generate({ pod: pod(), runtimePod: runtimePod([newer, fail]) }).containerStatuses!
  expect(status).toMatchObject({
    containerID: 'containerd://second',
    restartCount: 1,
    state: { running: { startedAt: '1970-01-01T00:00:05Z' } },
    lastState: { terminated: { exitCode: 2, reason: 'Error', containerID: 'containerd://main-id' } },
  })
})

test('waiting for the back-off: waiting state, and the end as lastState', () => {
  const [status] = generate({ pod: pod(), runtimePod: runtimePod([fail]), startFailure: crash }).containerStatuses!
  expect(status).toMatchObject({
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
    lastState: { terminated: { exitCode: 2 } },
    ready: false,
  })
})

test('a container that ran and cannot be found any more', () => {
  const before = generate({ pod: pod(), runtimePod: runtimePod([run]) })
  const [lost] = generate({ pod: pod(), runtimePod: runtimePod([]), previous: before }).containerStatuses!
  expect(lost).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } } })
})

test('a condition keeps its time until its status changes; conditions of others stay', () => {
  const foreign = { type: 'example.com/x', status: 'True' }
  const before = generate({ pod: pod(), runtimePod: runtimePod([run]) })
  const subject = pod({}, { status: { conditions: [foreign] } })
  const after = generate({ pod: subject, runtimePod: runtimePod([run]), previous: before, nowMs: nowMs + 60_000 })
  expect(after.conditions?.find((c) => c.type === 'Ready')?.lastTransitionTime).toBe('2026-01-01T12:00:00Z')
  expect(after.conditions).toContainEqual(foreign)
})
