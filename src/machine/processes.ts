// Finds and ends a cluster's processes. Each carries the cluster's directory and its role in its environment, and so do those it
// starts itself: no pid file can go stale, and a reused pid is never mistaken for ours.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import type { Clock } from '../util/clock.ts'

/** `server`, or what runs on a node: `init`, `containerd`, `agent`. */
export type Role = 'server' | 'init' | 'containerd' | 'agent'

const clusterVariable = 'COXSWAIN_CLUSTER_DIRECTORY'
const roleVariable = 'COXSWAIN_ROLE'
const nodeVariable = 'COXSWAIN_NODE'

export interface Mark {
  readonly clusterDirectory: string
  readonly role: Role
  /** Left out for the control plane. */
  readonly node?: string
}

export interface MarkedProcess extends Mark {
  readonly pid: number
  /** Clock ticks after boot at which it started: with the pid, its identity. */
  readonly startTicks: string
  /** The file name of its program, cut to 15 bytes. */
  readonly program: string
  /** Its number in its own, innermost PID namespace. */
  readonly innerPid: number
}

/** `undefined` for a process that has ended, or that is not ours to look at. */
function readProc(pid: number | string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined
  }
}

/** @returns when the process started, or undefined if it is gone or a zombie */
export function startTicksOf(pid: number): string | undefined {
  const stat = readProc(pid, 'stat')
  if (!stat) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

export function markedProcess(pid: number, environ: string, status: string, startTicks: string): MarkedProcess | undefined {
  const variables = new Map(environ.split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]))
  const clusterDirectory = variables.get(clusterVariable)
  if (!clusterDirectory) return undefined
  const node = variables.get(nodeVariable)
  const innerPid = /^NSpid:.*?(\d+)$/m.exec(status)?.[1]
  return {
    pid,
    startTicks,
    clusterDirectory,
    role: variables.get(roleVariable) as Role,
    program: /^Name:\s+(.*)$/m.exec(status)?.[1] ?? '',
    innerPid: Number(innerPid ?? pid),
    ...(node ? { node } : {}),
  }
}

/** Every running process of the clusters (or of one cluster) that this user may see, except the caller itself. */
export function findProcesses(clusterDirectory?: string): MarkedProcess[] {
  return readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const environ = readProc(pid, 'environ')
    if (!environ?.includes(`${clusterVariable}=`)) return []
    const startTicks = startTicksOf(pid)
    const found = startTicks === undefined ? undefined : markedProcess(pid, environ, readProc(pid, 'status') ?? '', startTicks)
    return found && (clusterDirectory === undefined || found.clusterDirectory === clusterDirectory) ? [found] : []
  })
}

export interface DetachedProcess {
  readonly argv: readonly [string, ...string[]]
  readonly mark: Mark
  /** Standard output and error are appended here. */
  readonly logFile: string
  readonly env?: NodeJS.ProcessEnv
}

/** Starts a process that outlives the caller. The mark is in its environment from its first instant on. */
export function startDetached({ argv, mark, logFile, env = process.env }: DetachedProcess): ChildProcess {
  const log = openSync(logFile, 'a', 0o600)
  try {
    const child = spawn(argv[0], argv.slice(1), {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: markedEnvironment(env, mark),
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

export function markedEnvironment(env: NodeJS.ProcessEnv, { clusterDirectory, role, node }: Mark): NodeJS.ProcessEnv {
  return { ...env, [clusterVariable]: clusterDirectory, [roleVariable]: role, ...(node ? { [nodeVariable]: node } : {}) }
}

/**
 * Whether it runs inside its node, rather than being what merely waits outside for one that does (unshare, nsenter). Those end by
 * themselves, and must be left to: they collect the one inside, without which a node's process 1 cannot end.
 */
export const isInside = ({ node, pid, innerPid }: MarkedProcess): boolean => node === undefined || pid !== innerPid

/** Whether the control plane, or this part of a node, runs. A shim that outlived its containerd is not one. */
export function runs(processes: readonly MarkedProcess[], role: Role, node?: string): boolean {
  return processes.some(
    (process) => process.role === role && process.node === node && isInside(process) && (role !== 'containerd' || process.program === 'containerd'),
  )
}

/** For a process that a marked one starts: the same mark with another role. */
export const environmentAs = (role: Role, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => (env[clusterVariable] ? { ...env, [roleVariable]: role } : env)

function signalIfSame({ pid, startTicks }: MarkedProcess, signal: NodeJS.Signals): void {
  if (startTicksOf(pid) !== startTicks) return
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const pollMs = 20

/** Waits until none of the processes runs any more. @returns those that still do after `timeoutMs` */
export async function waitForEnd(processes: readonly MarkedProcess[], timeoutMs: number, clock: Clock): Promise<readonly MarkedProcess[]> {
  const deadline = clock.monotonic() + timeoutMs
  let left = processes
  for (;;) {
    left = left.filter(({ pid, startTicks }) => startTicksOf(pid) === startTicks)
    if (left.length === 0 || clock.monotonic() >= deadline) return left
    await clock.sleep(pollMs)
  }
}

/**
 * Waits for those that die: whose memory, and with it their mark, is gone, but that wait for their children to be collected. Their cgroup
 * still tells whose they were (in v2 and the hybrid layout). Gives up silently: nothing can be done about them.
 */
export async function waitForDying(cgroup: string, timeoutMs: number, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs
  const isDying = (pid: string) => readProc(pid, 'cgroup')?.includes(`/${cgroup}/`) === true && startTicksOf(Number(pid)) !== undefined
  while (readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isDying(entry)) && clock.monotonic() < deadline) await clock.sleep(pollMs)
}

/** The kernel ends a killed process at once unless it hangs in a device; then there is nothing more to try. */
const killTimeoutMs = 10_000

/**
 * Asks the processes to end (SIGTERM), and kills those that have not within `graceMs`.
 * @throws when one survives even SIGKILL
 */
export async function endProcesses(processes: readonly MarkedProcess[], graceMs: number, clock: Clock): Promise<void> {
  let left = processes
  if (graceMs > 0) {
    for (const each of left) signalIfSame(each, 'SIGTERM')
    left = await waitForEnd(left, graceMs, clock)
  }
  for (const each of left) signalIfSame(each, 'SIGKILL')
  left = await waitForEnd(left, killTimeoutMs, clock)
  if (left.length > 0) throw new Error(`processes do not end even when killed: ${left.map(({ pid, program }) => `${program} (${pid})`).join(', ')}`)
}
