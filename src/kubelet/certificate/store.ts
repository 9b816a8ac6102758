// A kubelet's certificate and key in one file of --cert-dir; `<name>-current.pem` is a link to the newest.
// Source: client-go util/certificate/certificate_store.go.
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isPair } from '../../pki/key-pair-files.ts'
import type { KeyPair } from '../../pki/x509.ts'
import type { Clock } from '../../util/clock.ts'

const certificates = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\r?\n?/g
const privateKey = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]+?-----END \1-----\r?\n?/

export class CertificateStore {
  readonly #directory: string
  readonly #name: string
  readonly #clock: Clock

  /** @param name `kubelet-client` or `kubelet-server` */
  constructor(directory: string, name: string, clock: Clock) {
    this.#directory = directory
    this.#name = name
    this.#clock = clock
  }

  get currentPath(): string {
    return join(this.#directory, `${this.#name}-current.pem`)
  }

  /** @returns undefined when there is none, or none that can be used */
  current(): KeyPair | undefined {
    try {
      const text = readFileSync(this.currentPath, 'utf8')
      const pair = { certificate: text.match(certificates)?.join('') ?? '', key: privateKey.exec(text)?.[0] ?? '' }
      return isPair(pair) ? pair : undefined
    } catch {
      return undefined
    }
  }

  /** Writes a file of its own for the pair, and then puts the link to it: a crash in between leaves the old one. */
  update({ certificate, key }: KeyPair): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const stamp = new Date(this.#clock.now()).toISOString().slice(0, 19).replaceAll(/[T:]/g, '-')
    const file = `${this.#name}-${stamp}.pem`
    writeFileSync(join(this.#directory, file), certificate + key, { mode: 0o600, flush: true })
    const link = join(this.#directory, `${this.#name}-updated.pem`)
    rmSync(link, { force: true })
    symlinkSync(file, link)
    renameSync(link, this.currentPath)
  }
}
