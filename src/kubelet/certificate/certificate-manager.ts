// Keeps one certificate of the kubelet current: asks for a new one before it expires, stores it, and tells who uses it.
// Source: client-go util/certificate/certificate_manager.go.
import type { Client } from '../../client/client.ts'
import type { Component } from '../../component-base/component.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { KeyPair } from '../../pki/x509.ts'
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import { requestCertificate, type Wanted } from './request.ts'
import { covers, expiresMs, isSignedByFirst, retryMs, rotationMs } from './rotation.ts'
import type { CertificateStore } from './store.ts'

export interface CertificateManagerOptions {
  /** For logs: `kubelet-client`. */
  readonly name: string
  readonly store: CertificateStore
  /** Asked for each request: the first may be made with a bootstrap token. */
  readonly client: () => Pick<Client, 'create' | 'get' | 'watch'>
  /** What to ask for, as things are now. */
  readonly wanted: () => Wanted
  /** Names and addresses without which a certificate is replaced at once. */
  readonly requiredHosts?: () => readonly string[]
  /** PEM: a certificate of the store that the first of these has not signed is replaced soon: authorities are being rotated. */
  readonly authorities?: string
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
}

/** A request that nobody decides is given up, and made again. */
const requestTimeoutMs = 15 * 60_000
/** Names and addresses are looked at again this often. */
const lookEveryMs = 10_000

export class CertificateManager implements Component {
  readonly name: string
  readonly #options: CertificateManagerOptions
  readonly #listeners = new Set<(pair: KeyPair) => void>()
  #current: KeyPair | undefined
  #rotateAtMs = 0
  /** Asked about once: a list of authorities that is out of date must not make new certificates again and again. */
  #isOfOldAuthority = false

  constructor(options: CertificateManagerOptions) {
    this.name = `${options.name} certificate`
    this.#options = options
    const stored = options.store.current()
    if (!stored || expiresMs(stored) <= options.clock.now()) return
    this.#use(stored)
    this.#isOfOldAuthority = options.authorities !== undefined && !isSignedByFirst(stored, options.authorities)
  }

  /** Undefined until there is one. */
  get current(): KeyPair | undefined {
    return this.#current
  }

  /** Calls back with every certificate to come. */
  onChange(listener: (pair: KeyPair) => void): void {
    this.#listeners.add(listener)
  }

  /** A certificate from elsewhere, taken when it lives longer than what there is. */
  offer(pair: KeyPair): void {
    if (this.#current && expiresMs(this.#current) >= expiresMs(pair)) return
    this.#options.store.update(pair)
    this.#use(pair)
  }

  /** Resolves with a certificate that is valid, asking for one if need be. @throws the signal's reason */
  async ensure(signal: AbortSignal): Promise<KeyPair> {
    const { clock } = this.#options
    while (!this.#current || expiresMs(this.#current) <= clock.now()) await this.#rotate(signal)
    return this.#current
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    try {
      while (!signal.aborted) {
        if (this.#isDue()) await this.#rotate(signal)
        else await clock.sleep(Math.min(Math.max(0, this.#rotateAtMs - clock.now()), lookEveryMs), signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #isDue(): boolean {
    const { clock, requiredHosts } = this.#options
    if (!this.#current || this.#isOfOldAuthority || clock.now() >= this.#rotateAtMs) return true
    return requiredHosts !== undefined && !covers(this.#current, requiredHosts())
  }

  /** Asks until there is an answer that can be used. @throws the signal's reason */
  async #rotate(signal: AbortSignal): Promise<void> {
    const { name, client, wanted, store, clock, rand, logger } = this.#options
    for (let failures = 1; ; failures++) {
      const ended = new AbortController()
      const timer = clock.after(requestTimeoutMs, () => ended.abort(new Error('nobody has issued the certificate in time')))
      try {
        const pair = await requestCertificate(client(), wanted(), AbortSignal.any([signal, ended.signal]))
        store.update(pair)
        this.#use(pair)
        logger.info('Got a new certificate', { certificate: name, expires: new Date(expiresMs(pair)).toISOString() })
        return
      } catch (error) {
        signal.throwIfAborted()
        logger.error('Certificate could not be rotated, trying again', error, { certificate: name, failures })
        await clock.sleep(retryMs(failures, rand), signal)
      } finally {
        timer.cancel()
      }
    }
  }

  #use(pair: KeyPair): void {
    this.#current = pair
    this.#isOfOldAuthority = false
    this.#rotateAtMs = rotationMs(pair, this.#options.rand)
    for (const listener of this.#listeners) listener(pair)
  }
}
