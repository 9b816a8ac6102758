// kube-proxy: watches Services and EndpointSlices, writes nftables. Level-driven: a change only marks its Service; one sync
// at a time computes the whole ruleset, compares it with what was applied and sends the difference in one transaction.
import { nodes, endpointSlices, services } from '../api/resources.ts'
import type { InformerFactory } from '../client/informers/informer.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Clock } from '../util/clock.ts'
import { HealthChecks } from './health-checks.ts'
import { frame } from './nftables/frame.ts'
import { applyNft, forgetUdpFlows } from './nftables/nft.ts'
import { type Ruleset, ruleset, type RulesetOptions } from './nftables/ruleset.ts'
import { ProxyMetrics } from './proxy-metrics.ts'
import { type ServedAddresses, serveAddresses } from './serve-addresses.ts'
import { staleUdpFlows } from './nftables/stale-flows.ts'
import { emptyRuleset, transaction } from './nftables/transaction.ts'
import { serviceOf } from './tracker/endpoints.ts'
import { bySliceService, Tracker } from './tracker/tracker.ts'

export interface ProxyOptions extends RulesetOptions, ServedAddresses {
  readonly nodeName: string
  readonly informers: InformerFactory
  readonly clock: Clock
  readonly logger: Logger
  /** At least so long between two syncs, so that a burst of changes becomes one transaction. */
  readonly minSyncPeriodMs?: number
}

/** Short enough that a new endpoint is reachable at once, long enough to gather the slices of one rollout step. */
const minSyncPeriodMsDefault = 50
const retryMs = 1_000
/** /healthz fails when changes have waited longer than this without being applied. */
const unhealthyAfterMs = 60_000

class Syncer {
  readonly #options: ProxyOptions
  readonly #tracker: Tracker
  readonly #metrics: ProxyMetrics
  #applied: Ruleset | undefined

  constructor(options: ProxyOptions, tracker: Tracker, metrics: ProxyMetrics) {
    this.#options = options
    this.#tracker = tracker
    this.#metrics = metrics
  }

  /** Brings the kernel to the current state. After a failure the next sync starts from an empty table. */
  async sync(checks: HealthChecks, signal: AbortSignal): Promise<void> {
    const { family, clock } = this.#options
    const startedMs = clock.monotonic()
    const { ports, previous } = this.#tracker.refresh()
    const wanted = ruleset(ports, this.#options)
    const from = this.#applied
    this.#applied = undefined
    await applyNft(from ? transaction(from, wanted, family) : [...frame(this.#options), ...transaction(emptyRuleset, wanted, family)])
    this.#applied = wanted
    this.#metrics.synced((clock.monotonic() - startedMs) / 1000, { full: from === undefined })
    for (const flows of staleUdpFlows(previous, ports)) await forgetUdpFlows(flows)
    await checks.update(ports, signal)
  }
}

/** @returns the proxy of one address family on this node */
export function newProxy(options: ProxyOptions): Component {
  const { informers, clock, logger, nodeName, minSyncPeriodMs = minSyncPeriodMsDefault } = options
  const serviceInformer = informers.for(services)
  const sliceInformer = informers.for(endpointSlices)
  sliceInformer.addIndex(bySliceService, (slice) => [serviceOf(slice) ?? ''])
  const ownNode = informers.for(nodes, { fieldSelector: `metadata.name=${nodeName}` })

  return {
    name: 'kube-proxy',
    async run(signal) {
      await informers.synced(signal)
      const zone = ownNode.lister.get(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'] ?? ''
      const tracker = new Tracker(serviceInformer.lister, sliceInformer.lister, { family: options.family, nodeName, zone })
      const metrics = new ProxyMetrics(clock, options.family, options.metrics?.registry)
      const syncer = new Syncer(options, tracker, metrics)
      const checks = new HealthChecks(options.family === 'ipv4' ? '0.0.0.0' : '::', logger)
      let wake = Promise.withResolvers<void>()
      let dirtySinceMs: number | undefined = clock.monotonic()
      const changed = () => {
        dirtySinceMs ??= clock.monotonic()
        metrics.queued()
        wake.resolve()
      }
      const removeHandlers = [
        serviceInformer.addHandler({
          add: (s) => (tracker.serviceChanged(s), changed()),
          update: (_, s) => (tracker.serviceChanged(s), changed()),
          delete: (s) => (tracker.serviceChanged(s), changed()),
        }),
        sliceInformer.addHandler({
          add: (s) => (tracker.sliceChanged(s), changed()),
          update: (old, s) => (tracker.sliceChanged(old), tracker.sliceChanged(s), changed()),
          delete: (s) => (tracker.sliceChanged(s), changed()),
        }),
      ]
      const healthy = () => {
        const waitingMs = dirtySinceMs === undefined ? 0 : clock.monotonic() - dirtySinceMs
        return {
          status: waitingMs < unhealthyAfterMs ? 200 : 503,
          contentType: 'application/json',
          body: `${JSON.stringify({ lastUpdatedMsAgo: Math.round(waitingMs) })}\n`,
        }
      }
      const serving = serveAddresses({ ...options, healthy }, signal)
      const stopped = Promise.withResolvers<void>()
      const unserved = new AbortController()
      const until = AbortSignal.any([signal, unserved.signal])
      until.addEventListener('abort', () => stopped.resolve(), { once: true })
      serving.catch((error: unknown) => unserved.abort(error)) // awaited below
      while (!until.aborted) {
        wake = Promise.withResolvers<void>()
        const startedMs: number | undefined = dirtySinceMs
        dirtySinceMs = undefined
        try {
          await syncer.sync(checks, signal)
        } catch (error) {
          logger.error('Cannot apply the service rules', error)
          metrics.failed()
          dirtySinceMs = startedMs ?? clock.monotonic()
          await clock.sleep(retryMs, signal).catch(() => {})
          continue
        }
        await Promise.race([wake.promise, stopped.promise])
        if (!until.aborted) await clock.sleep(minSyncPeriodMs, signal).catch(() => {})
      }
      for (const remove of removeHandlers) remove()
      await serving
    },
  }
}
