// The servers that are compared, each in a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProbeReading } from './probe.ts'

const root = join(import.meta.dirname, '../..')
const readyMsMax = 60_000
export const token = 'benchmark-token'

export interface MeasuredServer {
  readonly port: number
  /** From the start of the process until it answered. */
  readonly startMs: number
  read(): Promise<ProbeReading>
  stop(): Promise<void>
}

/**
 * The bundle's API server on a directory. SERVER_NODE_ARGS adds arguments for its Node, such as
 * `--cpu-prof --cpu-prof-dir=/tmp/profiles`.
 * @param more.tokens further lines of the token file; `flags` further arguments
 */
export async function startApiServer(
  directory: string,
  port: number,
  more: { readonly tokens?: readonly string[]; readonly flags?: readonly string[] } = {},
): Promise<MeasuredServer> {
  const bundle = join(root, 'dist/cox.js')
  if (!existsSync(bundle)) throw new Error('dist/cox.js is missing: run `node scripts/build.ts` first')
  mkdirSync(directory, { recursive: true })
  const tokens = join(directory, 'tokens.csv')
  writeFileSync(tokens, [`${token},bench,1,"system:masters"`, ...(more.tokens ?? []), ''].join('\n'))
  const nodeArgs = (process.env['SERVER_NODE_ARGS'] ?? '').split(' ').filter(Boolean)
  const args = ['--bind-address', '127.0.0.1', '--secure-port', String(port), '--data-dir', directory, '--token-auth-file', tokens, ...(more.flags ?? [])]
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', join(import.meta.dirname, 'probe.ts'), ...nodeArgs, bundle, 'kube-apiserver', ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  while (!(await isReady(port))) {
    if (child.exitCode !== null || performance.now() - started > readyMsMax) throw new Error('the API server did not become ready')
    await sleep(10)
  }
  return measured(child, port, performance.now() - started)
}

/** A Node server without Kubernetes, with the certificate of the server that it is compared with. */
export async function startBareServer(directory: string, files: { readonly get: Buffer; readonly list: Buffer; readonly listProtobuf: Buffer }) {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, `bare-${name}`), bytes)
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', join(import.meta.dirname, 'probe.ts'), join(import.meta.dirname, 'bare-server.ts'), directory], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<{ port: number; http2Port: number }>()
  child.once('message', resolve)
  child.once('exit', () => reject(new Error('the bare server has ended')))
  const { port, http2Port } = await promise
  return { ...measured(child, port, performance.now() - started), http2Port }
}

function measured(child: ChildProcess, port: number, startMs: number): MeasuredServer {
  return {
    port,
    startMs,
    read: () => {
      const { promise, resolve } = Promise.withResolvers<ProbeReading>()
      child.once('message', (reading) => resolve(reading as ProbeReading))
      child.send('read')
      return promise
    },
    async stop() {
      const { promise, resolve } = Promise.withResolvers<void>()
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
      await promise
    },
  }
}

function isReady(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const req = request({ host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false }, (res) => {
    res.resume()
    resolve(res.statusCode === 200)
  })
  req.on('error', () => resolve(false))
  req.end()
  return promise
}

export const servingPair = (directory: string) => ({
  cert: readFileSync(join(directory, 'pki/apiserver.crt')),
  key: readFileSync(join(directory, 'pki/apiserver.key')),
})
