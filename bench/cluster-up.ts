// How long until a cluster of two nodes is ready, until the example answers, and what does it cost while nothing happens?
//
//   node scripts/build.ts && sudo scripts/sandbox node bench/cluster-up.ts
//
// Real nodes with real containerd, in a state folder of its own, removed at the end. A minute and a half. The yardstick is the
// start of a Node process that does nothing, in the same run.
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { atMost, printEnvironment, report } from './support/environment.ts'

/** Runs a program to its end, which SIGTERM brings about when `signal` aborts. @throws {Error} when it fails */
async function run(program: string, args: readonly string[], { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal?: AbortSignal }) {
  signal?.throwIfAborted()
  const running = promisify(execFile)(program, args, { env })
  const end = () => running.child.kill('SIGTERM')
  signal?.addEventListener('abort', end)
  await running.finally(() => signal?.removeEventListener('abort', end))
}

const root = join(import.meta.dirname, '..')
const cox = join(root, 'bin/cox')
const idleSeconds = 20
/** After a start, before anything is measured. */
const settlingMs = 10_000
/** Linux reports processor time in hundredths of a second. */
const ticksPerSecond = 100

interface Process {
  readonly pid: number
  readonly role: 'server' | 'agent'
}

/** The cluster's own programs: their command lines name its directory. */
function processesOf(directory: string): Process[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (!environment.includes(directory) || !readlinkSync(`/proc/${pid}/exe`).endsWith('node')) return []
      const role =
        argv.startsWith('cox agent') || argv.includes('\0agent\0')
          ? 'agent'
          : argv.startsWith('cox server') || argv.includes('\0server\0')
            ? 'server'
            : undefined
      return role ? [{ pid: Number(pid), role }] : []
    } catch {
      return [] // ended meanwhile
    }
  })
}

function memoryOf(pid: number): { rss: number; anonymous: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1])
  return { rss: kib('VmRSS') / 1024, anonymous: kib('RssAnon') / 1024 }
}

function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000
}

/** Of one core, over some seconds, in percent. */
async function cpuOver(directory: string, seconds: number, signal: AbortSignal): Promise<(Process & { cpu: number })[]> {
  const before = processesOf(directory).map((each) => ({ ...each, cpuMs: cpuMsOf(each.pid) }))
  await sleep(seconds * 1000, undefined, { signal })
  return before.map(({ cpuMs, ...each }) => ({ ...each, cpu: (cpuMsOf(each.pid) - cpuMs) / (seconds * 10) }))
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

/** Whoever ends the benchmark ends its cluster, too. */
function endedBySignal(): AbortSignal {
  const ending = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => ending.abort(new Error(`ended by ${name}`)))
  return ending.signal
}

async function main(): Promise<void> {
  if (!process.env['COXSWAIN_SANDBOX']) throw new Error('runs only in a network namespace of its own: scripts/sandbox node bench/cluster-up.ts')
  printEnvironment('How long until a cluster of two nodes is ready, and what does it cost?')
  const directory = mkdtempSync(join(tmpdir(), 'bench-cluster-'))
  const env = { ...process.env, COX_STATE_DIR: join(directory, 'state'), KUBECONFIG: join(directory, 'kubeconfig'), HOME: directory, NO_COLOR: '1' }
  const signal = endedBySignal()
  const started = performance.now()
  const elapsed = () => performance.now() - started
  try {
    spawnSync(process.execPath, ['--eval', '0'])
    const bareMs = elapsed()
    const begun = performance.now()
    await run(process.execPath, [cox, 'up', '--nodes', '2'], { env, signal })
    const upMs = performance.now() - begun
    report('cox up --nodes 2, until both are Ready', `${(upMs / 1000).toFixed(1)} s = ${(upMs / bareMs).toFixed(0)} x node`, atMost(6, 's', upMs / 1000))
    await sleep(settlingMs, undefined, { signal })
    const idle = await cpuOver(directory, idleSeconds, signal)
    for (const { role, pid, cpu } of idle) {
      const { rss, anonymous } = memoryOf(pid)
      report(
        `idle ${role}: resident (anonymous), CPU`,
        `${rss.toFixed(0)} (${anonymous.toFixed(0)}) MiB, ${cpu.toFixed(1)} %`,
        atMost(role === 'server' ? 180 : 90, 'MiB', rss),
      )
    }
    const total = sum(idle.map(({ cpu }) => cpu))
    report('idle CPU of all, of one core', `${total.toFixed(1)} %`, atMost(1, '%', total))
    const deployed = performance.now()
    await run(join(root, 'examples/hello/run'), [], { env: { ...env, COX: cox }, signal })
    const answerMs = upMs + performance.now() - deployed
    report('from nothing until the example answers (up + example)', `${(answerMs / 1000).toFixed(1)} s`, atMost(10, 's', answerMs / 1000))
    await sleep(settlingMs, undefined, { signal })
    const withPods = sum((await cpuOver(directory, idleSeconds, signal)).map(({ cpu }) => cpu))
    report('CPU with three pods, each probed every second', `${withPods.toFixed(1)} %`)
  } finally {
    const begun = performance.now()
    await run(process.execPath, [cox, 'down'], { env })
    const left = processesOf(directory).length
    report('cox down', `${((performance.now() - begun) / 1000).toFixed(1)} s`)
    report('processes left', String(left), atMost(0, '', left))
    rmSync(directory, { recursive: true, force: true })
  }
}

await main()
