// Keeps a node's containerd running. It is not a child that dies with its supervisor: containers and their runtime outlive a restart
// of the agent, whose next life adopts what it finds.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import type { Component } from '../../component-base/component.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { environmentAs, startTicksOf } from '../processes.ts'

export interface ContainerdOptions {
  readonly configFile: string
  /** Holds `pid startTicks` of the running containerd. */
  readonly pidFile: string
  readonly logFile: string
  readonly clock: Clock
  readonly logger: Logger
}

interface Running {
  readonly pid: number
  readonly startTicks: string
}

/** @returns the containerd that the pid file names, if that very process still runs */
export function findContainerd(pidFile: string): Running | undefined {
  try {
    const [pid, startTicks] = readFileSync(pidFile, 'utf8').trim().split(' ')
    return startTicks && startTicksOf(Number(pid)) === startTicks ? { pid: Number(pid), startTicks } : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function startContainerd({ configFile, pidFile, logFile }: ContainerdOptions): Running {
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn('containerd', ['--config', configFile], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: environmentAs('containerd', process.env),
  })
  closeSync(log)
  child.unref()
  // A failure to start shows as a process that is not there; its error event must not end the supervisor.
  child.on('error', () => {})
  const startTicks = child.pid === undefined ? undefined : startTicksOf(child.pid)
  if (child.pid === undefined || startTicks === undefined) throw new Error('containerd could not be started: is it installed and on PATH?')
  writeFileSync(pidFile, `${child.pid} ${startTicks}\n`)
  return { pid: child.pid, startTicks }
}

/** Whether something accepts connections on the socket: containerd does once all its plugins are loaded. */
export function socketAnswers(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const connection = createConnection(socket)
  connection.once('connect', () => resolve(true))
  connection.once('error', () => resolve(false))
  return promise.finally(() => connection.destroy())
}

const readyPollMs = 20

/** @throws when nothing answers within `timeoutMs` */
export async function waitForSocket(socket: string, options: { timeoutMs: number; clock: Clock; signal?: AbortSignal }): Promise<void> {
  const deadline = options.clock.monotonic() + options.timeoutMs
  while (!(await socketAnswers(socket))) {
    if (options.clock.monotonic() >= deadline) throw new Error(`no container runtime answers at ${socket}`)
    await options.clock.sleep(readyPollMs, options.signal)
  }
}

/** How soon a containerd that died is noticed: a process that is no child can only be looked at. */
const watchMs = 1_000
/** After this long alive, a death counts as the first again. */
const stableMs = 60_000
const backoffMsMax = 30_000

/** Starts containerd, or adopts the running one, and starts it again whenever it dies. Leaves it running at the end. */
export function newContainerdSupervisor(options: ContainerdOptions): Component {
  const { clock, logger, pidFile } = options
  return {
    name: 'containerd',
    async run(signal) {
      let failures = 0
      while (!signal.aborted) {
        const found = findContainerd(pidFile)
        const { pid, startTicks } = found ?? startContainerd(options)
        logger.info(found ? 'Adopted running containerd' : 'Started containerd', { pid })
        const startedAtMs = clock.monotonic()
        while (startTicksOf(pid) === startTicks) {
          if (!(await sleepUnlessAborted(clock, watchMs, signal))) return
        }
        failures = clock.monotonic() - startedAtMs > stableMs ? 1 : failures + 1
        const delayMs = Math.min(backoffMsMax, failures === 1 ? 0 : 500 * 2 ** failures)
        logger.warn('Containerd died; starting it again', { pid, delayMs, log: options.logFile })
        if (!(await sleepUnlessAborted(clock, delayMs, signal))) return
      }
    },
  }
}

async function sleepUnlessAborted(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
