// What the control plane shows of itself with certificates of its own making, kept current while it runs.
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import { watchFiles } from '../component-base/serving/watch-files.ts'
import type { CertificateAuthority } from '../pki/certificate-authority.ts'
import { type AuthorityFiles, type ClusterPki, readAuthority } from '../pki/cluster-pki.ts'
import { isPair, readPair, writeFileAtomically } from '../pki/key-pair-files.ts'
import { systemClock } from '../util/clock.ts'
import { clientKubeconfig } from './cluster-access.ts'

async function readWholePair(base: string) {
  const pair = await readPair(base)
  if (!pair || !isPair(pair)) throw new Error(`${base}.crt and ${base}.key are no pair`)
  return pair
}

/** The cluster's authority as its files say now: who signs, and who is to be believed. */
export class ClusterAuthority {
  readonly #base: string
  readonly #listeners = new Set<() => void>()
  #current: AuthorityFiles

  constructor(pkiDirectory: string, { ca: authority, caBundle: bundle }: Pick<ClusterPki, 'ca' | 'caBundle'>) {
    this.#base = join(pkiDirectory, 'ca')
    this.#current = { authority, bundle }
  }

  get signer(): CertificateAuthority {
    return this.#current.authority
  }

  /** PEM. */
  get bundle(): string {
    return this.#current.bundle
  }

  /** Calls back with every change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  follow(logger: Logger): Component {
    const changed = async () => {
      await readWholePair(this.#base)
      this.#current = (await readAuthority(this.#base, systemClock))!
      for (const listener of this.#listeners) listener()
    }
    return watchFiles({ files: [`${this.#base}.crt`, `${this.#base}.key`], changed, clock: systemClock, logger })
  }
}

/** The API server as a client of kubelets: connections made from now on show what the files say now. */
export class KubeletCredentialFiles {
  readonly #base: string
  readonly #authority: Pick<ClusterAuthority, 'bundle'>
  #current: { readonly certificate: string; readonly key: string }

  constructor(pkiDirectory: string, { apiServerKubeletClient }: Pick<ClusterPki, 'apiServerKubeletClient'>, authority: Pick<ClusterAuthority, 'bundle'>) {
    this.#base = join(pkiDirectory, 'apiserver-kubelet-client')
    this.#current = apiServerKubeletClient
    this.#authority = authority
  }

  get certificate(): string {
    return this.#current.certificate
  }

  get key(): string {
    return this.#current.key
  }

  get ca(): string {
    return this.#authority.bundle
  }

  follow(logger: Logger): Component {
    const files = [`${this.#base}.crt`, `${this.#base}.key`]
    return watchFiles({ files, changed: async () => void (this.#current = await readWholePair(this.#base)), clock: systemClock, logger })
  }
}

/** Writes the administrator's kubeconfig, now and whenever its certificate, or whom it believes, is new. */
export async function keepAdminKubeconfig(file: string, server: string, pkiDirectory: string, pki: ClusterPki, logger: Logger): Promise<Component> {
  await pki.client('admin', 'kubernetes-admin', ['system:masters'])
  const base = join(pkiDirectory, 'admin')
  const write = async () => {
    const pair = await readWholePair(base)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFileAtomically(file, clientKubeconfig({ server, ca: await readFile(join(pkiDirectory, 'ca.crt'), 'utf8'), pair }))
  }
  await write()
  return watchFiles({ files: [`${base}.crt`, `${base}.key`, join(pkiDirectory, 'ca.crt')], changed: write, clock: systemClock, logger })
}
