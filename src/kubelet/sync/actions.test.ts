import { expect, test } from 'vitest'
import { container, pod, readySandbox, runtimePod } from '../fake/pods.ts'
import type { RuntimeContainer, RuntimeSandbox } from '../runtime/runtime-pod.ts'
import { computePodActions } from './actions.ts'
import type { ActionsInput, PodActions } from './plan.ts'

/** `kill pod`, `new sandbox 1`, `kill main (LivenessProbe)`, `start main` ...: what a plan comes to. */
function describe(a: PodActions): string[] {
  return [
    ...(a.killPod ? ['kill pod'] : []),
    ...(a.createSandbox ? [`new sandbox ${a.attempt}`] : []),
    ...a.kill.map((k) => `kill ${k.name} (${k.reason})`),
    ...a.startEphemeral.map((name) => `start ephemeral ${name}`),
    ...a.startInit.map((name) => `start init ${name}`),
    ...a.start.map((name) => `start ${name}`),
    ...a.resize.map((name) => `resize ${name}`),
  ]
}

type Verdicts = Record<string, 'success' | 'failure'>
const plan = (input: Partial<ActionsInput> & Pick<ActionsInput, 'pod' | 'runtimePod'> & { liveness?: Verdicts; startup?: Verdicts }) =>
  describe(
    computePodActions({
      probes: { liveness: (id) => input.liveness?.[id], startup: (id) => input.startup?.[id] },
      resizeOf: () => 'none',
      ...input,
    }),
  )

const run = container('main', 'running')
const ok = container('main', 'exited')
const bad = container('main', 'exited', { exitCode: 1 })
const gone = { ...readySandbox, ready: false }
const two = { containers: [{ name: 'a' }, { name: 'b' }] }

for (const { name, spec = {}, metadata = {}, containers, sandboxes, liveness = {}, resizeOf, want } of [
  { name: 'nothing yet → sandbox and containers', containers: [], sandboxes: [], want: ['kill pod', 'new sandbox 0', 'start main'] },
  { name: 'sandbox without containers → start them', containers: [], want: ['start main'] },
  { name: 'all runs → nothing', containers: [run], want: [] },
  { name: 'sandbox died → everything again, next number', containers: [ok], sandboxes: [gone], want: ['kill pod', 'new sandbox 1', 'start main'] },
  { name: 'sandbox died, Never, had containers → over', spec: { restartPolicy: 'Never' }, containers: [ok], sandboxes: [gone], want: ['kill pod'] },
  {
    name: 'sandbox died before any container, Never → try again',
    spec: { restartPolicy: 'Never' },
    containers: [],
    sandboxes: [gone],
    want: ['kill pod', 'new sandbox 1', 'start main'],
  },
  { name: 'sandbox died, OnFailure, all succeeded → over', spec: { restartPolicy: 'OnFailure' }, containers: [ok], sandboxes: [gone], want: ['kill pod'] },
  {
    name: 'sandbox lost its address → a new one',
    containers: [run],
    sandboxes: [{ ...readySandbox, ips: [] }],
    want: ['kill pod', 'new sandbox 1', 'start main'],
  },
  { name: 'two ready sandboxes → a new one', containers: [run], sandboxes: [readySandbox, readySandbox], want: ['kill pod', 'new sandbox 1', 'start main'] },
  { name: 'exited, Always → again', containers: [ok], want: ['start main'] },
  { name: 'exited 0, OnFailure → over', spec: { restartPolicy: 'OnFailure' }, containers: [ok], want: ['kill pod'] },
  { name: 'exited 1, OnFailure → again', spec: { restartPolicy: 'OnFailure' }, containers: [bad], want: ['start main'] },
  { name: 'exited 1, Never → over', spec: { restartPolicy: 'Never' }, containers: [bad], want: ['kill pod'] },
  {
    name: 'one of two still runs, Never → wait',
    spec: { ...two, restartPolicy: 'Never' },
    containers: [container('a', 'running'), container('b', 'exited')],
    want: [],
  },
  { name: 'being deleted → nothing is started, so all is over', metadata: { deletionTimestamp: 'now' }, containers: [bad], want: ['kill pod'] },
  { name: 'unknown state → kill first, then start', containers: [container('main', 'unknown')], want: ['kill main (Unknown)', 'start main'] },
  { name: 'created but never started → again', containers: [container('main', 'created')], want: ['start main'] },
  { name: 'liveness failed → kill and start', containers: [run], liveness: { 'main-id': 'failure' }, want: ['kill main (LivenessProbe)', 'start main'] },
  {
    name: 'liveness failed, Never → kill only, the pod is not over until it has ended',
    spec: { ...two, restartPolicy: 'Never' },
    containers: [container('a', 'running'), container('b', 'running')],
    liveness: { 'a-id': 'failure' },
    want: ['kill a (LivenessProbe)'],
  },
  {
    name: 'another image → replaced, whatever the policy',
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'new' }] },
    containers: [run],
    want: ['kill main (Changed)', 'start main'],
  },
  { name: 'resources changed in place', containers: [run], resizeOf: () => 'in-place' as const, want: ['resize main'] },
  { name: 'resources that need a restart', containers: [run], resizeOf: () => 'restart' as const, want: ['kill main (Resize)', 'start main'] },
  {
    name: 'a rule restarts on one exit code',
    spec: { containers: [{ name: 'main', restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] }] },
    containers: [bad],
    want: ['start main'],
  },
  {
    name: 'ephemeral containers start once',
    spec: { ephemeralContainers: [{ name: 'debug' }, { name: 'old' }] },
    containers: [run, container('old', 'exited')],
    want: ['start ephemeral debug'],
  },
] as {
  name: string
  spec?: object
  metadata?: object
  containers: RuntimeContainer[]
  sandboxes?: RuntimeSandbox[]
  liveness?: Verdicts
  resizeOf?: ActionsInput['resizeOf']
  want: string[]
}[]) {
  test(name, () => {
    const runtime = sandboxes ? runtimePod(containers, sandboxes) : runtimePod(containers)
    expect(plan({ pod: pod(spec, { metadata }), runtimePod: runtime, liveness, ...(resizeOf ? { resizeOf } : {}) })).toEqual(want)
  })
}

const init = { initContainers: [{ name: 'i1' }, { name: 'side', restartPolicy: 'Always' }, { name: 'i2' }] }
const gated = { initContainers: [{ name: 'side', restartPolicy: 'Always', startupProbe: {}, livenessProbe: {} }] }
for (const { name, spec, containers, startup = {}, liveness = {}, want } of [
  { name: 'init: the first one first', spec: init, containers: [], want: ['start init i1'] },
  { name: 'init: wait while it runs', spec: init, containers: [container('i1', 'running')], want: [] },
  { name: 'init: done → the sidecar', spec: init, containers: [container('i1', 'exited')], want: ['start init side'] },
  { name: 'init: sidecar up → the next', spec: init, containers: [container('i1', 'exited'), container('side', 'running')], want: ['start init i2'] },
  {
    name: 'init: all done → the containers',
    spec: init,
    containers: [container('i1', 'exited'), container('side', 'running'), container('i2', 'exited')],
    want: ['start main'],
  },
  {
    name: 'init: sidecar died while a later one runs → again',
    spec: init,
    containers: [container('side', 'exited'), container('i2', 'running')],
    want: ['start init side'],
  },
  { name: 'init: failed → again', spec: init, containers: [container('i1', 'exited', { exitCode: 1 })], want: ['start init i1'] },
  {
    name: 'init: failed, Never → the pod is over',
    spec: { ...init, restartPolicy: 'Never' },
    containers: [container('i1', 'exited', { exitCode: 1 })],
    want: ['kill pod'],
  },
  { name: 'init: containers run, traces removed → only sidecars matter', spec: init, containers: [container('main', 'running')], want: ['start init side'] },
  { name: 'init: startup probe not passed → wait', spec: gated, containers: [container('side', 'running')], want: [] },
  {
    name: 'init: startup probe passed → go on',
    spec: gated,
    containers: [container('side', 'running')],
    startup: { 'side-id': 'success' },
    want: ['start main'],
  },
  {
    name: 'init: startup probe failed → kill and start',
    spec: gated,
    containers: [container('side', 'running')],
    startup: { 'side-id': 'failure' },
    want: ['kill side (StartupProbe)', 'start init side'],
  },
  {
    name: 'init: sidecar not alive → restarted beside the others',
    spec: gated,
    containers: [container('side', 'running'), run],
    startup: { 'side-id': 'success' },
    liveness: { 'side-id': 'failure' },
    want: ['kill side (LivenessProbe)', 'start init side'],
  },
  {
    name: 'init: all containers done, Never → the sidecar does not keep the pod alive',
    spec: { ...gated, restartPolicy: 'Never' },
    containers: [container('side', 'exited'), ok],
    want: ['kill pod'],
  },
] as { name: string; spec: object; containers: RuntimeContainer[]; startup?: Verdicts; liveness?: Verdicts; want: string[] }[]) {
  test(name, () => expect(plan({ pod: pod(spec), runtimePod: runtimePod(containers), startup, liveness })).toEqual(want))
}
