// `cox server` with its defaults, as a process, for probes of the CIS Kubernetes Benchmark.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { load } from 'js-yaml'
import type { KeyPair } from '../../../src/pki/certificate-authority.ts'
import { eventually } from '../../support/eventually.ts'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')

export interface Credentials {
  readonly pair?: KeyPair
  readonly token?: string
}

export interface Reply {
  readonly status: number
  readonly text: string
}

interface Kubeconfig {
  readonly users: readonly { readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string } }[]
}

export class CoxServer implements AsyncDisposable {
  readonly directory: string
  readonly port: number
  readonly process: ChildProcess
  /** The administrator. */
  admin: Credentials = {}

  private constructor(directory: string, port: number, flags: readonly string[]) {
    this.directory = directory
    this.port = port
    const log = openSync(join(directory, 'server.log'), 'a')
    const argv = ['server', '--data-dir', this.dataDirectory, '--secure-port', String(port), '--write-kubeconfig', this.kubeconfig, ...flags]
    this.process = spawn(process.execPath, [entry, ...argv], { stdio: ['ignore', log, log] })
  }

  /** @param directory is removed at the end; the server's data directory is `data` in it */
  static async start(directory: string, ...flags: string[]): Promise<CoxServer> {
    const server = new CoxServer(directory, await freePort(), flags)
    await eventually(async () => {
      const [first] = (load(readFileSync(server.kubeconfig, 'utf8')) as Kubeconfig).users
      const text = (base64: string) => Buffer.from(base64, 'base64').toString()
      server.admin = { pair: { certificate: text(first!.user['client-certificate-data']), key: text(first!.user['client-key-data']) } }
      const { status } = await server.call('GET', '/readyz')
      if (status !== 200) throw new Error(`/readyz: ${status}`)
    })
    return server
  }

  get dataDirectory(): string {
    return join(this.directory, 'data')
  }

  get kubeconfig(): string {
    return join(this.directory, 'admin.conf')
  }

  /** @param as nobody for `{}`; default: the administrator */
  call(method: string, path: string, body?: object, { pair, token }: Credentials = this.admin): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body ? { 'content-type': type } : {}) }
    const own = pair ? { cert: pair.certificate, key: pair.key } : {}
    const outgoing = request(
      { host: '127.0.0.1', port: this.port, method, path, headers, rejectUnauthorized: false, agent: false, ...own },
      async (incoming) => {
        resolve({ status: incoming.statusCode!, text: (await incoming.setEncoding('utf8').toArray()).join('') })
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body && JSON.stringify(body))
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.process)
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Resolves when the process has ended. */
export async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(undefined)))
  child.kill('SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
