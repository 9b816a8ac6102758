// An API server that takes connections and says nothing, as one does whose machine hangs.
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class SilentServer implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'silent-'))
  /** Leads here. */
  readonly kubeconfig = join(this.directory, 'kubeconfig')
  readonly #sockets = new Set<Socket>()
  readonly #server: Server

  private constructor() {
    this.#server = createServer((socket) => void this.#sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  }

  static async start(): Promise<SilentServer> {
    const silent = new SilentServer()
    await once(silent.#server, 'listening')
    const server = `https://127.0.0.1:${(silent.#server.address() as AddressInfo).port}`
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: { token: 't' } }],
    }
    writeFileSync(silent.kubeconfig, JSON.stringify(config))
    return silent
  }

  /** Resolves with the next connection. */
  async connected(): Promise<void> {
    await once(this.#server, 'connection')
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    rmSync(this.directory, { recursive: true })
  }
}
