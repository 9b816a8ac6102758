// The example from nothing, and what keeps it alive: rolling updates, rollback, scaling, self-healing, logs and exec.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestCluster } from '../support/cluster.ts'
import { succeed } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'

const example = join(import.meta.dirname, '../../examples/hello')
let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.up('--nodes', '2')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const json = async <T>(...args: string[]) => JSON.parse(await cluster.kubectl(...args, '-o', 'json')) as T
interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName: string }
  readonly status: {
    readonly phase: string
    readonly podIP?: string
    readonly containerStatuses?: readonly { readonly ready: boolean; readonly restartCount: number }[]
  }
}
const helloPods = async () => (await json<{ items: Pod[] }>('get', 'pods', '-l', 'app=hello')).items.filter((p) => !p.metadata.deletionTimestamp)
const ready = (pods: readonly Pod[]) => pods.filter((p) => p.status.containerStatuses?.every((c) => c.ready))
/** Kills a pod's process from the machine, as the kernel would when memory runs out. */
function killProcessOf(podUid: string, program: string): void {
  const matches = readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cgroup`, 'utf8').replaceAll('_', '-').includes(podUid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program)
      )
    } catch {
      return false // ended meanwhile
    }
  })
  if (matches.length === 0) throw new Error(`pod ${podUid} has no process ${program}`)
  for (const pid of matches) process.kill(Number(pid), 'SIGKILL')
}

const serviceIp = () => cluster.kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}')
const ask = (address: string) => succeed(['curl', '--silent', '--show-error', '--fail', '--max-time', '3', `http://${address}/`])

test('the example answers through its Service, from pods on both nodes', async () => {
  const output = await succeed([join(example, 'run')], { env: { ...cluster.env, COX: join(import.meta.dirname, '../../bin/cox') } })
  expect(output).toContain('Hello from Coxswain!')
  const pods = await helloPods()
  expect(ready(pods)).toHaveLength(3)
  expect(new Set(pods.map((p) => p.spec.nodeName)).size).toBe(2)
})

test('a rolling update drops no request, and can be rolled back', async () => {
  const address = await serviceIp()
  let failures = 0
  let requests = 0
  const stop = new AbortController()
  const load = (async () => {
    while (!stop.signal.aborted) {
      requests++
      await ask(address).catch(() => failures++)
    }
  })()
  await cluster.kubectl('set', 'env', 'deployment/hello', 'COLOUR=blue')
  await cluster.kubectl('rollout', 'status', 'deployment/hello', '--timeout=90s')
  expect(await cluster.kubectl('get', 'deployment', 'hello', '-o', 'jsonpath={.spec.template.spec.containers[0].env[0].value}')).toBe('blue')
  await cluster.kubectl('rollout', 'undo', 'deployment/hello')
  await cluster.kubectl('rollout', 'status', 'deployment/hello', '--timeout=90s')
  stop.abort()
  await load
  expect(await cluster.kubectl('get', 'deployment', 'hello', '-o', 'jsonpath={.spec.template.spec.containers[0].env}')).toBe('')
  expect(await cluster.kubectl('rollout', 'history', 'deployment/hello')).toMatch(/3 /)
  expect(requests).toBeGreaterThan(20)
  expect(failures).toBe(0)
})

test('it scales to 10 and to 1', async () => {
  await cluster.kubectl('scale', 'deployment/hello', '--replicas=10')
  await cluster.kubectl('rollout', 'status', 'deployment/hello', '--timeout=90s')
  expect(ready(await helloPods())).toHaveLength(10)
  await cluster.kubectl('scale', 'deployment/hello', '--replicas=1')
  await eventually(async () => expect((await json<{ items: Pod[] }>('get', 'pods', '-l', 'app=hello')).items).toHaveLength(1), { withinMs: 60_000 })
  expect(await ask(await serviceIp())).toBe('Hello from Coxswain!')
})

test('a deleted pod comes back, a killed process is restarted', async () => {
  const [before] = await helloPods()
  await cluster.kubectl('delete', 'pod', before!.metadata.name)
  const replacement = await eventually(async () => {
    const [pod] = ready(await helloPods())
    expect(pod?.metadata.uid).toBeDefined()
    expect(pod!.metadata.uid).not.toBe(before!.metadata.uid)
    return pod!
  })
  killProcessOf(replacement.metadata.uid, 'httpd')
  await eventually(async () => {
    const [pod] = ready(await helloPods())
    expect(pod?.metadata.uid).toBe(replacement.metadata.uid)
    expect(pod!.status.containerStatuses![0]!.restartCount).toBe(1)
  })
})

test('logs and exec reach into the container', async () => {
  const [pod] = ready(await helloPods())
  await ask(await serviceIp())
  await eventually(async () => expect(await cluster.kubectl('logs', pod!.metadata.name)).toContain('response:200'))
  expect(await cluster.kubectl('exec', pod!.metadata.name, '--', '/bin/busybox', 'cat', '/www/index.html')).toBe('Hello from Coxswain!')
  const failed = await cluster.tryKubectl('exec', pod!.metadata.name, '--', '/bin/busybox', 'false')
  expect(failed.code).toBe(1)
})

test('node ports answer on every node', async () => {
  await cluster.kubectl('patch', 'service', 'hello', '-p', '{"spec":{"type":"NodePort"}}')
  const port = await cluster.kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.ports[0].nodePort}')
  const nodes = await json<{ items: { status: { addresses: { type: string; address: string }[] } }[] }>('get', 'nodes')
  for (const { status } of nodes.items) {
    const address = status.addresses.find((a) => a.type === 'InternalIP')!.address
    await eventually(async () => expect(await ask(`${address}:${port}`)).toBe('Hello from Coxswain!'))
  }
})
