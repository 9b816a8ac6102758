// The metrics of flow control under upstream's names. Source: k8s.io/apiserver pkg/util/flowcontrol/metrics/metrics.go.
// Left out are those that upstream has deprecated, and epoch_advance_total: a double has room for the progress meter of centuries.
import { Exposition, type MetricLabels } from '../../component-base/metrics/exposition.ts'
import type { FlowControl } from './flow-control.ts'
import type { FlowStatistics } from './flow-statistics.ts'
import type { PriorityLevel } from './priority-level.ts'
import type { QueueSet } from './queue-set.ts'

const prefix = 'apiserver_flowcontrol_'
const msPerSecond = 1000

/** Text exposition format. */
export function flowControlMetrics(control: FlowControl): string {
  const out = new Exposition()
  writeFlows(out, [...control.statistics.values()])
  writeLevels(out, [...control.levels])
  out.gauge(`${prefix}seat_fair_frac`, 'Fraction of its target that a level gets which no bound keeps from it', [[{}, control.fairFraction]])
  return out.toString()
}

const flowLabels = ({ flowSchema, priorityLevel }: FlowStatistics): MetricLabels => ({ priority_level: priorityLevel, flow_schema: flowSchema })

function writeFlows(out: Exposition, flows: readonly FlowStatistics[]): void {
  const gauges: [string, string, (flow: FlowStatistics) => number][] = [
    ['current_inqueue_requests', 'Requests in queues', (flow) => flow.requestsWaiting],
    ['current_inqueue_seats', 'Seats that requests in queues will take', (flow) => flow.seatsWaiting],
    ['current_executing_requests', 'Requests being served; of watches only those that begin', (flow) => flow.requestsExecuting],
    ['current_executing_seats', 'Seats taken', (flow) => flow.seatsExecuting],
  ]
  const of = <T>(value: (flow: FlowStatistics) => T) => flows.map((flow) => [flowLabels(flow), value(flow)] as const)
  out.counter(
    `${prefix}rejected_requests_total`,
    'Requests refused, by reason',
    flows.flatMap((flow) => [...flow.rejected].map(([reason, count]) => [{ ...flowLabels(flow), reason }, count] as const)),
  )
  out.counter(
    `${prefix}dispatched_requests_total`,
    'Requests served',
    of((flow) => flow.dispatched),
  )
  for (const [name, help, value] of gauges) out.gauge(prefix + name, help, of(value))
  out.counter(
    `${prefix}request_dispatch_no_accommodation_total`,
    'Times the next request found too few seats',
    of((flow) => flow.noAccommodation),
  )
  out.histogram(
    `${prefix}request_queue_length_after_enqueue`,
    'Length of its queue as each request saw it',
    of((flow) => flow.queueLengths),
  )
  out.histogram(
    `${prefix}request_wait_duration_seconds`,
    'Time in a queue',
    flows.flatMap((flow) => [
      [{ ...flowLabels(flow), execute: 'true' }, flow.waited.executed] as const,
      [{ ...flowLabels(flow), execute: 'false' }, flow.waited.rejected] as const,
    ]),
  )
  out.histogram(
    `${prefix}request_execution_seconds`,
    'Time from start to answer; of watches only the beginning',
    flows.flatMap((flow) => [
      [{ ...flowLabels(flow), type: 'regular' }, flow.executed.regular] as const,
      [{ ...flowLabels(flow), type: 'watch' }, flow.executed.watch] as const,
    ]),
  )
  out.histogram(
    `${prefix}watch_count_samples`,
    'Watchers that writes had',
    of((flow) => flow.watchCounts),
  )
  out.histogram(
    `${prefix}work_estimated_seats`,
    'Seats that requests were estimated to take',
    of((flow) => flow.seats),
  )
}

function writeLevels(out: Exposition, levels: readonly PriorityLevel[]): void {
  const gauges: [string, string, (level: PriorityLevel) => number][] = [
    ['nominal_limit_seats', 'Seats that are the level’s share', (level) => level.nominalSeats],
    ['lower_limit_seats', 'Seats that it keeps in any case', (level) => level.minSeats],
    ['upper_limit_seats', 'Seats that it may have at most', (level) => level.maxSeats],
    ['current_limit_seats', 'Seats that it may use now', (level) => level.currentSeats],
    ['demand_seats_high_watermark', 'Most seats wanted in the last adjustment period', (level) => level.demand.highWatermark],
    ['demand_seats_average', 'Seats wanted on average in the last adjustment period', (level) => level.demand.average],
    ['demand_seats_stdev', 'Standard deviation of seats wanted in the last adjustment period', (level) => level.demand.deviation],
    ['demand_seats_smoothed', 'Smoothed demand', (level) => level.demand.smoothed],
    ['target_seats', 'Seats that the level asked for in the last adjustment', (level) => level.demand.target],
    ['current_r', 'Progress meter, in seat-seconds per active queue', ({ queueSet }) => queueSet.currentR / msPerSecond],
    ['dispatch_r', 'Progress meter at the newest dispatch', ({ queueSet }) => queueSet.observer.dispatchR / msPerSecond],
    ['latest_s', 'Fair start of the newest request dispatched', ({ queueSet }) => queueSet.observer.latestS / msPerSecond],
  ]
  const of = <T>(value: (level: PriorityLevel) => T) => levels.map((level) => [{ priority_level: level.name }, value(level)] as const)
  for (const [name, help, value] of gauges) out.gauge(prefix + name, help, of(value))
  const bounds = (discounted: boolean) =>
    levels.flatMap(({ name, queueSet }) =>
      Object.entries(startBounds(queueSet, discounted)).map(([bound, value]) => [{ priority_level: name, bound }, value / msPerSecond] as const),
    )
  out.gauge(`${prefix}next_s_bounds`, 'Least and greatest fair start of the queues’ oldest requests', bounds(false))
  out.gauge(`${prefix}next_discounted_s_bounds`, 'The same less the work in progress', bounds(true))
  out.histogram(
    `${prefix}demand_seats`,
    'Nanoseconds by seats wanted over seats there are',
    of(({ queueSet }) => queueSet.observer.demandRatio),
  )
  out.histogram(
    `${prefix}priority_level_seat_utilization`,
    'Nanoseconds by seats taken over seats there are',
    levels.map(({ name, queueSet }) => [{ priority_level: name, phase: 'executing' }, queueSet.observer.seatUtilization] as const),
  )
  out.histogram(
    `${prefix}priority_level_request_utilization`,
    'Nanoseconds by requests over their limit',
    levels.flatMap(({ name, queueSet }) => [
      [{ phase: 'waiting', priority_level: name }, queueSet.observer.requestsWaiting] as const,
      [{ phase: 'executing', priority_level: name }, queueSet.observer.requestsExecuting] as const,
    ]),
  )
}

function startBounds({ queues }: QueueSet, discounted: boolean): Readonly<Record<string, number>> {
  const starts = queues.filter(({ length }) => length > 0).map((queue) => (discounted ? queue.discountedStart : queue.nextDispatchR))
  return starts.length === 0 ? {} : { min: Math.min(...starts), max: Math.max(...starts) }
}
