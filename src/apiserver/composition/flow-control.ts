// Priority and fairness as the whole server has it: what decides about requests, what keeps it to the objects of the API, and what
// keeps those objects there.
import { systemRand } from '../../util/rand.ts'
import { FlowControlProducer } from '../bootstrap/flow-control.ts'
import { ConfigController } from '../flowcontrol/config-controller.ts'
import { flowControlDumps } from '../flowcontrol/dump.ts'
import { FlowControl } from '../flowcontrol/flow-control.ts'
import { flowControlMetrics } from '../flowcontrol/metrics.ts'
import { ResourceStatistics } from '../flowcontrol/resource-statistics.ts'
import { inFlightDefault, type MetricsSource, type Route } from '../generic-api-server.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import type { Loopback } from '../loopback.ts'
import type { Registry } from '../registry/generic/registry.ts'
import type { ApiServerOptions } from '../server-options.ts'

interface ServerFlowControl {
  /** undefined: without --enable-priority-and-fairness. */
  readonly control: FlowControl | undefined
  readonly routes: readonly Route[]
  readonly metrics: readonly MetricsSource[]
  readonly hooks: readonly PostStartHook[]
  run(signal: AbortSignal): Promise<void>
}

/** @throws {Error} when there would be no seat */
export function newServerFlowControl(options: ApiServerOptions, registry: Registry, loopback: Loopback): ServerFlowControl {
  const { clock, logger } = options
  const control = newFlowControl(options, registry)
  const config = control && new ConfigController({ ...options, control, ...loopback, rand: systemRand })
  // The objects are there also without priority and fairness: another server of the cluster may use them.
  const producer = new FlowControlProducer(loopback.client, clock, logger)
  return {
    control,
    metrics: control ? [() => flowControlMetrics(control)] : [],
    routes: control ? [flowControlDumps(control, clock)] : [],
    hooks: [producer.hook, ...(config ? [{ name: 'priority-and-fairness-config-consumer', run: (signal: AbortSignal) => config.started(signal) }] : [])],
    run: (signal) => Promise.all([config?.run(signal), producer.run(signal)]).then(() => {}),
  }
}

function newFlowControl(
  { priorityAndFairness = true, limits = inFlightDefault, clock, logger }: ApiServerOptions,
  registry: Registry,
): FlowControl | undefined {
  if (!priorityAndFairness) return undefined
  const { readOnlyMax, mutatingMax } = limits
  if (readOnlyMax + mutatingMax <= 0) {
    const given = `MaxRequestsInFlight=${readOnlyMax} and MaxMutatingRequestsInFlight=${mutatingMax}`
    throw new Error(`invalid configuration: ${given}; they must add up to something positive`)
  }
  const statistics = new ResourceStatistics((id) => registry.scope(id)?.store, clock)
  return new FlowControl({ seats: readOnlyMax + mutatingMax, statsOf: (info) => statistics.of(info), clock, logger })
}
