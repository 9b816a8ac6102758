// At most one of several processes leads: the one that holds a Lease and renews it in time.
//
// Clocks of different machines are never compared: a candidate remembers when, by its own clock, it saw the record change last,
// and takes over when it has not changed for a lease's duration. The holder gives up earlier (renew deadline), so that it has
// stopped before anyone takes over. Source: client-go tools/leaderelection.
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import type { Lease, LeaseSpec } from '../../api/coordination/v1.ts'
import { leases } from '../../api/resources.ts'
import { type Logger, silentLogger } from '../../component-base/logger.ts'
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import { type Clock, formatMicroTime, systemClock } from '../../util/clock.ts'
import { type Rand, jitter, systemRand } from '../../util/rand.ts'
import { untilAborted } from '../../util/until-aborted.ts'
import type { Client, ObjectName } from '../client.ts'

export interface LeaderElectionOptions {
  readonly client: Pick<Client, 'get' | 'create' | 'update'>
  readonly lease: ObjectName & { readonly namespace: string }
  /** Unique among candidates: `host_uuid`. */
  readonly identity: string
  readonly leaseDurationMs?: number
  readonly renewDeadlineMs?: number
  readonly retryPeriodMs?: number
  readonly clock?: Clock
  readonly rand?: Rand
  readonly logger?: Logger
  /** leader_election_master_status. */
  readonly metrics?: MetricsRegistry
}

/** A process that was told to end waits no longer for a server that may be gone. */
const releaseMsMax = 3_000

/** Another holds the lease, or it could not be renewed in time. The process should end: others may lead now. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'
}

/**
 * Waits to become leader, then runs `lead` for as long as the lease is renewed. When `signal` aborts, `lead` is ended, the
 * lease released, and the promise resolves.
 * @throws {LeadershipLostError} when the lease is lost, after `lead` has ended; or what `lead` threw
 */
export async function leadWhenElected(options: LeaderElectionOptions, lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  const elector = new Elector(options)
  const leads = options.metrics
    ?.gauge('leader_election_master_status', '1 while this process leads, by the name of the lease.', ['name'])
    .of(options.lease.name)
  if (!(await elector.acquire(signal))) return
  if (leads) leads.value = 1
  const ending = new AbortController()
  const leading = lead(AbortSignal.any([signal, ending.signal])).finally(() => ending.abort())
  leading.catch(() => {}) // awaited below, once renewing has ended
  try {
    await elector.renew(AbortSignal.any([signal, ending.signal]))
  } catch (error) {
    ending.abort(error)
    await leading.catch((failure: unknown) => (options.logger ?? silentLogger).error('Failed while losing leadership', failure))
    throw error
  }
  try {
    await leading
  } finally {
    if (leads) leads.value = 0
    await elector.release()
  }
}

class Elector {
  readonly #options: LeaderElectionOptions
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #leaseDurationMs: number
  readonly #renewDeadlineMs: number
  readonly #retryPeriodMs: number
  #observed: Lease | undefined
  #observedAtMs = 0

  constructor(options: LeaderElectionOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#logger = (options.logger ?? silentLogger).with({ lease: `${options.lease.namespace}/${options.lease.name}`, identity: options.identity })
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000
  }

  /** @returns false when `signal` aborted first */
  async acquire(signal: AbortSignal): Promise<boolean> {
    this.#logger.info('Waiting for leadership')
    while (!signal.aborted) {
      if (await this.#attempt(signal)) {
        this.#logger.info('Became leader')
        return true
      }
      await this.#clock.sleep(jitter(this.#retryPeriodMs, 1.2, this.#options.rand ?? systemRand), signal).catch(() => {}) // the loop sees it
    }
    return false
  }

  /** Renews until `signal` aborts. @throws {LeadershipLostError} */
  async renew(signal: AbortSignal): Promise<void> {
    let renewedAt = this.#clock.monotonic()
    while (!signal.aborted) {
      await this.#clock.sleep(this.#retryPeriodMs, signal).catch(() => {}) // the loop sees it
      if (signal.aborted) return
      const startedAt = this.#clock.monotonic()
      if (await this.#withDeadline(renewedAt + this.#renewDeadlineMs - startedAt, signal)) renewedAt = startedAt
      else if (signal.aborted) return
      else if (this.#heldByAnother() || this.#clock.monotonic() - renewedAt >= this.#renewDeadlineMs) {
        this.#logger.warn('Lost leadership', { holder: this.#observed?.spec.holderIdentity })
        throw new LeadershipLostError(`lease ${this.#options.lease.namespace}/${this.#options.lease.name} was lost`)
      }
    }
  }

  /** Lets the next candidate in without waiting for the lease to run out; for as long as it may take. */
  async release(): Promise<void> {
    const deadline = new AbortController()
    const timer = this.#clock.after(releaseMsMax, () => deadline.abort(new Error(`no answer within ${releaseMsMax / 1000} s`)))
    try {
      await untilAborted(this.#giveUp(deadline.signal), deadline.signal)
    } catch (error) {
      this.#logger.error('Could not release the lease', error)
    } finally {
      timer.cancel()
    }
  }

  async #giveUp(signal: AbortSignal): Promise<void> {
    // Read again: the last renewal may have been cut off before its answer came.
    const lease = await this.#options.client.get(leases, this.#options.lease, { signal })
    if (lease.spec.holderIdentity !== this.#options.identity) return
    const now = formatMicroTime(this.#clock.now())
    const spec: LeaseSpec = {
      leaseTransitions: lease.spec.leaseTransitions ?? 0,
      leaseDurationSeconds: 1,
      holderIdentity: '',
      renewTime: now,
      acquireTime: now,
    }
    await this.#options.client.update(leases, { ...lease, spec }, { signal })
  }

  /** False when the attempt fails or takes longer than `ms`: a hanging server must not keep us leading. */
  async #withDeadline(ms: number, signal: AbortSignal): Promise<boolean> {
    const deadline = new AbortController()
    const timer = this.#clock.after(ms, () => deadline.abort(new Error(`not renewed within ${this.#renewDeadlineMs / 1000} s`)))
    try {
      return await this.#attempt(AbortSignal.any([signal, deadline.signal]))
    } finally {
      timer.cancel()
    }
  }

  /** False also when `signal` aborts first, whether or not the request heeds it. */
  #attempt(signal: AbortSignal): Promise<boolean> {
    return untilAborted(this.#try(signal), signal).catch(() => false)
  }

  #heldByAnother(): boolean {
    const holder = this.#observed?.spec.holderIdentity
    return holder !== undefined && holder !== '' && holder !== this.#options.identity
  }

  /** One attempt to take or renew the lease. Failures are logged and mean false. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { client, lease: name, identity } = this.#options
    try {
      const lease = await client.get(leases, name, { signal }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      if (lease?.metadata.resourceVersion !== this.#observed?.metadata.resourceVersion) this.#observe(lease)
      if (lease && this.#heldByAnother() && this.#clock.monotonic() - this.#observedAtMs < this.#durationOf(lease)) return false
      this.#observe(lease ? await client.update(leases, { ...lease, spec: this.#spec(lease) }, { signal }) : await this.#create(signal))
      return true
    } catch (error) {
      if (!signal.aborted && !isAlreadyExists(error)) this.#logger.error(`Could not take the lease`, error, { candidate: identity })
      return false
    }
  }

  #create(signal: AbortSignal): Promise<Lease> {
    const { client, lease } = this.#options
    const created = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...lease }, spec: this.#spec(undefined) } as const
    return client.create(leases, created, { signal })
  }

  #spec(lease: Lease | undefined): LeaseSpec {
    const now = formatMicroTime(this.#clock.now())
    const { identity } = this.#options
    const renewal = lease?.spec.holderIdentity === identity
    return {
      ...lease?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(this.#leaseDurationMs / 1000),
      acquireTime: (renewal ? lease.spec.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (lease?.spec.leaseTransitions ?? 0) + (lease && !renewal ? 1 : 0),
    }
  }

  #durationOf(lease: Lease): number {
    return (lease.spec.leaseDurationSeconds ?? 0) * 1000
  }

  #observe(lease: Lease | undefined): void {
    this.#observed = lease
    this.#observedAtMs = this.#clock.monotonic()
  }
}
