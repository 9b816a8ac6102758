// A real etcd of one member, on ports of 127.0.0.1.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'

export interface TestEtcdOptions {
  /** Further flags. */
  readonly flags?: readonly string[]
  readonly scheme?: 'http' | 'https'
}

export class TestEtcd {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string
  readonly #argv: readonly string[]
  readonly #directory: string
  readonly #port: number
  #process: ChildProcess | undefined

  private constructor(directory: string, port: number, argv: readonly string[], endpoint: string) {
    this.#directory = directory
    this.#port = port
    this.#argv = argv
    this.endpoint = endpoint
  }

  /** Resolves when it takes connections. */
  static async start({ flags = [], scheme = 'http' }: TestEtcdOptions = {}): Promise<TestEtcd> {
    const [directory, port, peerPort] = await Promise.all([mkdtemp(join(tmpdir(), 'etcd-')), freePort(), freePort()])
    const [client, peer] = [`${scheme}://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`]
    const listening = ['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer]
    const alone = ['--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`]
    // Short elections also make for leases as short as a second.
    const quick = ['--heartbeat-interval', '20', '--election-timeout', '200', '--logger', 'zap', '--log-level', 'error']
    const etcd = new TestEtcd(directory, port, ['--data-dir', join(directory, 'data'), ...listening, ...alone, ...quick, ...flags], client)
    await etcd.start()
    return etcd
  }

  /** With the data that it had. */
  async start(): Promise<void> {
    const output = process.env['TEST_LOG'] ? 'inherit' : 'ignore'
    const child = spawn('etcd', this.#argv, { stdio: ['ignore', output, output] })
    this.#process = child
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
    await Promise.race([eventually(() => accepts(this.#port)), failed])
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  /** Stops answering, with all connections as they are, until {@link resume}. */
  pause(): void {
    this.#process!.kill('SIGSTOP')
  }

  resume(): void {
    this.#process!.kill('SIGCONT')
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.stop('SIGKILL')
    await rm(this.#directory, { recursive: true, force: true })
  }
}

function accepts(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}
