// What goes on inside, for people: /debug/api_priority_and_fairness/dump_{priority_levels,queues,requests}.
// Comma-separated values, aligned. Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller_debug.go.
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { plainText } from '../http/object-encoder.ts'
import type { FlowRequest } from './fair-queue.ts'
import type { FlowControl } from './flow-control.ts'
import type { PriorityLevel } from './priority-level.ts'

const path = '/debug/api_priority_and_fairness/'

/** Answers the three paths; others are left to the next route. */
export function flowControlDumps(control: FlowControl, clock: { now(): number; monotonic(): number }) {
  return ({ info, query }: ApiRequest): ApiResponse | undefined => {
    if (!info.path.startsWith(path)) return undefined
    const levels = [...control.levels].toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const epochMs = clock.now() - clock.monotonic()
    switch (info.path.slice(path.length)) {
      case 'dump_priority_levels':
        return plainText(200, table(dumpPriorityLevels(levels)))
      case 'dump_queues':
        return plainText(200, table(dumpQueues(levels)))
      case 'dump_requests':
        return plainText(200, table(dumpRequests(levels, epochMs, Boolean(query.get('includeRequestDetails')))))
      default:
        return undefined
    }
  }
}

type Row = readonly (string | number | boolean)[]

function dumpPriorityLevels(levels: readonly PriorityLevel[]): Row[] {
  const rows = levels.map(({ name, quiescing, queueSet }): Row => {
    const { dispatched, rejected, timedOut, cancelled } = queueSet.totals
    const active = queueSet.queues.filter((queue) => !queue.isEmpty).length
    return [name, active, queueSet.isIdle, quiescing, queueSet.requestsWaiting, queueSet.requestsExecuting, dispatched, rejected, timedOut, cancelled]
  })
  const head = ['PriorityLevelName', 'ActiveQueues', 'IsIdle', 'IsQuiescing', 'WaitingRequests', 'ExecutingRequests']
  return [[...head, 'DispatchedRequests', 'RejectedRequests', 'TimedoutRequests', 'CancelledRequests'], ...rows]
}

function dumpQueues(levels: readonly PriorityLevel[]): Row[] {
  const head = ['PriorityLevelName', 'Index', 'PendingRequests', 'ExecutingRequests', 'SeatsInUse', 'NextDispatchR']
  const rows = levels.flatMap(({ name, queueSet }) =>
    queueSet.queues.map((queue): Row => {
      const { index, length, requestsExecuting, seatsInUse, nextDispatchR, initialSeatsSum, seatsSum, workSum } = queue
      return [name, index, length, requestsExecuting, seatsInUse, seatSeconds(nextDispatchR), initialSeatsSum, seatsSum, seatSeconds(workSum)]
    }),
  )
  return [[...head, 'InitialSeatsSum', 'MaxSeatsSum', 'TotalWorkSum'], ...rows]
}

function dumpRequests(levels: readonly PriorityLevel[], epochMs: number, details: boolean): Row[] {
  const head = ['PriorityLevelName', 'FlowSchemaName', 'QueueIndex', 'RequestIndexInQueue', 'FlowDistingsher', 'ArriveTime']
  const more = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource']
  const time = (ms: number) => (Number.isNaN(ms) ? '0001-01-01T00:00:00Z' : new Date(epochMs + ms).toISOString())
  const row = (level: PriorityLevel, request: FlowRequest, index: number): Row => {
    const { flow, info, user, queue, arrivalMs, startMs, initialSeats, finalSeats, additionalLatencyMs } = request
    const apiVersion = info.apiGroup ? `${info.apiGroup}/${info.apiVersion}` : info.apiVersion
    const who = [level.name, flow.flowSchema, queue?.index ?? -1, index, flow.distinguisher]
    const work = [time(arrivalMs), initialSeats, finalSeats, `${additionalLatencyMs}ms`, time(startMs)]
    return [...who, ...work, ...(details ? [user.name, info.verb, info.path, info.namespace, info.name, apiVersion, info.resource, info.subresource] : [])]
  }
  const rows = levels.flatMap((level) => [
    ...level.queueSet.queues.flatMap((queue) => [...queue].map((request, index) => row(level, request, index))),
    ...[...level.queueSet.executing].map((request) => row(level, request, -1)),
  ])
  return [[...head, 'InitialSeats', 'FinalSeats', 'AdditionalLatency', 'StartTime', ...(details ? more : [])], ...rows]
}

const seatSeconds = (seatMs: number) => `${(seatMs / 1000).toFixed(8)}ss`

/** A control character in a path or a name must not look like a line. */
const cell = (value: string | number | boolean) => String(value).replace(/\p{Cc}/gu, ' ')

/** Columns as wide as their widest cell, at least 8, as Go's tabwriter makes them. */
function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map((value, i) => (i < row.length - 1 ? `${cell(value)},` : cell(value))))
  const widths: number[] = []
  for (const row of cells) for (const [i, text] of row.entries()) widths[i] = Math.max(widths[i] ?? 7, text.length)
  return cells.map((row) => `${row.map((text, i) => (i < row.length - 1 ? text.padEnd(widths[i]! + 1) : text)).join('')}\n`).join('')
}
