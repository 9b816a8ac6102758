// kube-proxy: watches Services and EndpointSlices, writes nftables. Level-driven: a change only marks its Service; one sync
// at a time computes the whole ruleset, compares it with what was applied and sends the difference in one transaction.
import { nodes, endpointSlices, services } from '../api/resources.ts'
import type { InformerFactory } from '../client/informers/informer.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import { serveHealth } from '../component-base/serving/health-server.ts'
import type { Clock } from '../util/clock.ts'
import { HealthChecks } from './health-checks.ts'
import { frame } from './nftables/frame.ts'
import { applyNft, forgetUdpFlows } from './nftables/nft.ts'
import { type Ruleset, ruleset, type RulesetOptions } from './nftables/ruleset.ts'
import { staleUdpFlows } from './nftables/stale-flows.ts'
import { emptyRuleset, transaction } from './nftables/transaction.ts'
import { serviceOf } from './tracker/endpoints.ts'
import { bySliceService, Tracker } from './tracker/tracker.ts'

export interface ProxyOptions extends RulesetOptions {
  readonly nodeName: string
  readonly informers: InformerFactory
  readonly clock: Clock
  readonly logger: Logger
  /** Address and port of /healthz and /livez; undefined: not served. */
  readonly health?: { readonly host: string; readonly port: number }
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
  #applied: Ruleset | undefined

  constructor(options: ProxyOptions, tracker: Tracker) {
    this.#options = options
    this.#tracker = tracker
  }

  /** Brings the kernel to the current state. After a failure the next sync starts from an empty table. */
  async sync(checks: HealthChecks, signal: AbortSignal): Promise<void> {
    const { family } = this.#options
    const { ports, previous } = this.#tracker.refresh()
    const wanted = ruleset(ports, this.#options)
    const from = this.#applied
    this.#applied = undefined
    await applyNft(from ? transaction(from, wanted, family) : [...frame(this.#options), ...transaction(emptyRuleset, wanted, family)])
    this.#applied = wanted
    for (const flows of staleUdpFlows(previous, ports)) await forgetUdpFlows(flows)
    await checks.update(ports, signal)
  }
}

/** @returns the proxy of one address family on this node */
export function newProxy(options: ProxyOptions): Component {
  const { informers, clock, logger, nodeName, health, minSyncPeriodMs = minSyncPeriodMsDefault } = options
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
      const syncer = new Syncer(options, tracker)
      const checks = new HealthChecks(options.family === 'ipv4' ? '0.0.0.0' : '::', logger)
      let wake = Promise.withResolvers<void>()
      let dirtySinceMs: number | undefined = clock.monotonic()
      const changed = () => {
        dirtySinceMs ??= clock.monotonic()
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
      const server = health && (await serveHealth({ ...health, paths: { '/healthz': healthy, '/livez': healthy } }, signal))
      const stopped = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => stopped.resolve(), { once: true })
      while (!signal.aborted) {
        wake = Promise.withResolvers<void>()
        const startedMs: number | undefined = dirtySinceMs
        dirtySinceMs = undefined
        try {
          await syncer.sync(checks, signal)
        } catch (error) {
          logger.error('Cannot apply the service rules', error)
          dirtySinceMs = startedMs ?? clock.monotonic()
          await clock.sleep(retryMs, signal).catch(() => {})
          continue
        }
        await Promise.race([wake.promise, stopped.promise])
        if (!signal.aborted) await clock.sleep(minSyncPeriodMs, signal).catch(() => {})
      }
      for (const remove of removeHandlers) remove()
      await server?.closed
    },
  }
}
