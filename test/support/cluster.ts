// A cluster as users make it: the built command, real nodes, a state folder and a kubeconfig of the test's own.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Finished, run, succeed } from './command.ts'
import { kubectlPath, pathWithClients } from './packaged-clients.ts'

const root = join(import.meta.dirname, '../..')
const entry = join(root, 'bin/cox')

export class TestCluster implements AsyncDisposable {
  readonly directory: string
  readonly env: Record<string, string>

  private constructor(directory: string) {
    this.directory = directory
    this.env = {
      COX_STATE_DIR: join(directory, 'state'),
      KUBECONFIG: join(directory, 'kubeconfig'),
      HOME: directory,
      NO_COLOR: '1',
      PATH: pathWithClients(),
    }
  }

  /** Makes a cluster and waits until its nodes are ready. Must run in a sandbox (see scripts/sandbox). */
  static async up(...args: string[]): Promise<TestCluster> {
    if (!process.env['COXSWAIN_SANDBOX']) throw new Error('end-to-end tests run only in a network namespace of their own: use ./cox test')
    if (!existsSync(join(root, 'dist/cox.js'))) throw new Error('not built: node scripts/build.ts')
    const cluster = new TestCluster(mkdtempSync(join(tmpdir(), 'cox-e2e-')))
    try {
      await cluster.cox('up', ...args)
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
    return cluster
  }

  /** A `cox` command that must succeed. @returns standard output */
  cox(...args: string[]): Promise<string> {
    return succeed([process.execPath, entry, ...args], { env: this.env })
  }

  /** Any outcome of a `cox` command. */
  tryCox(...args: string[]): Promise<Finished> {
    return run([process.execPath, entry, ...args], { env: this.env })
  }

  /** A kubectl command that must succeed. @returns standard output */
  kubectl(...args: string[]): Promise<string> {
    return succeed([kubectlPath(), ...args], { env: this.env })
  }

  tryKubectl(...args: string[]): Promise<Finished> {
    return run([kubectlPath(), ...args], { env: this.env })
  }

  apply(yaml: string): Promise<string> {
    return succeed([kubectlPath(), 'apply', '-f', '-'], { env: this.env, input: yaml })
  }

  /** Packs busybox as `tag` and loads it into every node. */
  async loadBusybox(tag: string): Promise<void> {
    const archive = join(this.directory, 'image.tar')
    await this.cox('image', 'make', '--binary', '/bin/busybox', '--tag', tag, '--output', archive)
    await this.cox('image', 'load', archive)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cox('down')
    rmSync(this.directory, { recursive: true, force: true })
  }
}
