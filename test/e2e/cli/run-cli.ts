import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { pathWithClients } from '../../support/packaged-clients.ts'

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A home and a state directory of their own, and the `cox` command in them. */
export class TrialCli {
  readonly directory = mkdtempSync('/tmp/c-')
  readonly stateRoot = join(this.directory, 's')
  readonly kubeconfig = join(this.directory, '.kube/config')

  start(args: readonly string[], { env = {}, uid }: { env?: Record<string, string>; uid?: number } = {}) {
    return spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: pathWithClients(), HOME: this.directory, COX_STATE_DIR: this.stateRoot, TMPDIR: this.directory, ...env },
      ...(uid === undefined ? {} : { uid }),
    })
  }

  /** Runs one command to its end. */
  run(args: readonly string[], options: { env?: Record<string, string>; uid?: number; input?: Uint8Array } = {}): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
    const child = this.start(args, options)
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('latin1')))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
    return promise
  }
}
