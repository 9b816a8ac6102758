// What a cluster made outside its own directory, written down before it is made, so that `down` finds it after any crash.
// An entry may therefore name something that never came to be: removing it again must be no error.
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync } from 'node:fs'

export type Resource =
  /** An interface of the host. */
  | { readonly kind: 'link'; readonly name: string }
  /** A directory in every cgroup hierarchy, below its root. */
  | { readonly kind: 'cgroup'; readonly path: string }
  /** A table in nftables' `ip` family. */
  | { readonly kind: 'nft-table'; readonly name: string }
  /** A rule of the host's iptables FORWARD chain. */
  | { readonly kind: 'iptables-forward'; readonly rule: readonly string[] }
  /** A kernel setting of the host, and what it was. */
  | { readonly kind: 'sysctl'; readonly key: string; readonly before: string }
  /** A context, cluster and user in a kubeconfig. */
  | { readonly kind: 'kubeconfig'; readonly path: string; readonly context: string }

export class Journal {
  readonly #path: string
  readonly #known: Set<string>

  constructor(path: string) {
    this.#path = path
    this.#known = new Set(this.read().map((resource) => JSON.stringify(resource)))
  }

  /** Returns once the entry is on disk. Recording the same thing again does nothing. */
  record(resource: Resource): void {
    const line = JSON.stringify(resource)
    if (this.#known.has(line)) return
    const file = openSync(this.#path, 'a', 0o600)
    try {
      appendFileSync(file, `${line}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    this.#known.add(line)
  }

  /** Oldest first. A last line cut off by a crash is left out: what it names was not yet made. */
  read(): Resource[] {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Resource)
  }
}
