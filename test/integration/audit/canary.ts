// Secrets whose text is known, and processes whose every word is kept: nothing of the one may be in the other.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'

const main = join(import.meta.dirname, '../../../src/cmd/main.ts')
/** What no file may contain. */
export const canary = 'CANARY-4f1c9a'

/** How a text may be written: as it is, in base64 (wherever it begins in what is encoded), in a URL. */
function formsOf(secret: string): readonly string[] {
  const shifted = ['', 'x', 'xx'].map((before) => {
    const encoded = Buffer.from(before + secret).toString('base64')
    // Of the group that the text begins or ends in only a part is its own.
    return encoded.slice(before ? 4 : 0, Math.floor((before.length + secret.length) / 3) * 4)
  })
  return [secret, encodeURIComponent(secret), ...shifted]
}

/** @param secrets looked for beside the canary */
export function expectNoCanary(where: string, text: string, secrets: readonly string[] = []): void {
  for (const form of [canary, ...secrets].flatMap(formsOf)) {
    const at = text.indexOf(form)
    expect(at < 0 ? '' : `${where}: ${text.slice(Math.max(0, at - 300), at + 100)}`).toBe('')
  }
}

export interface Running {
  readonly port: number
  /** All that it has said. */
  said(): string
  /** @returns its exit status */
  stop(): Promise<number>
}

/** Processes of components, and folders for what they write; {@link end} leaves nothing of either. */
export class Processes {
  readonly #folders: string[] = []
  readonly #children: ChildProcess[] = []

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'cox-canaries-'))
    this.#folders.push(folder)
    return folder
  }

  /** @param args get a free port */
  async start(command: string, args: (port: number) => readonly string[]): Promise<Running> {
    const port = await freePort()
    const child = spawn(process.execPath, [main, command, ...args(port)], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text))
    return {
      port,
      said: () => said,
      async stop() {
        child.kill('SIGTERM')
        if (child.exitCode === null) await once(child, 'exit')
        return child.exitCode!
      },
    }
  }

  async end(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    }
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
