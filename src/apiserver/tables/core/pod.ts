// The STATUS and RESTARTS of a pod. Source: kubernetes pkg/printers/internalversion/printers.go (printPod).
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KubeObject } from '../../../api/object.ts'
import type { KindCells } from '../cell.ts'
import { human } from '../helpers.ts'
import { at, condition, flag, items, number, text } from '../view.ts'

interface PodSummary {
  readonly reason: string
  readonly ready: number
  readonly total: number
  readonly restarts: number
  /** Text form of the newest end of a container; ''. */
  readonly lastRestart: string
}

const newer = (a: string, b: string) => (a > b ? a : b)
const finished = (status: JsonObject) => text(status, 'lastState.terminated.finishedAt')
const isTrue = (pod: JsonObject, type: string) => condition(pod, type)?.['status'] === 'True'

function terminatedReason(status: JsonObject, prefix: string): string {
  const reason = text(status, 'state.terminated.reason')
  if (reason) return prefix + reason
  const signal = number(status, 'state.terminated.signal')
  return signal === 0 ? `${prefix}ExitCode:${number(status, 'state.terminated.exitCode')}` : `${prefix}Signal:${signal}`
}

function summarize(pod: JsonObject): PodSummary {
  const restartable = new Set(
    items(pod, 'spec.initContainers')
      .filter((each) => each['restartPolicy'] === 'Always')
      .map((each) => each['name']),
  )
  const init = initProgress(pod, restartable)
  const total = items(pod, 'spec.containers').length + restartable.size
  const gated = condition(pod, 'PodScheduled')?.['reason'] === 'SchedulingGated' ? 'SchedulingGated' : undefined
  const base = init.reason ?? gated ?? text(pod, 'status.reason', text(pod, 'status.phase'))
  const running = init.reason === undefined || isTrue(pod, 'Initialized') ? runningState(pod, base) : undefined
  return {
    reason: finalReason(pod, running?.reason ?? base),
    ready: init.ready + (running?.ready ?? 0),
    total,
    restarts: running ? init.restartableRestarts + running.restarts : init.restarts,
    lastRestart: running ? newer(init.restartableLast, running.last) : init.last,
  }
}

/** How far the init containers are; `reason` is set while one of them holds the pod. */
function initProgress(pod: JsonObject, restartable: ReadonlySet<unknown>) {
  let ready = 0
  let restarts = 0
  let restartableRestarts = 0
  let last = ''
  let restartableLast = ''
  let reason: string | undefined
  for (const [index, status] of items(pod, 'status.initContainerStatuses').entries()) {
    const isRestartable = restartable.has(status['name'])
    restarts += number(status, 'restartCount')
    last = newer(last, finished(status))
    if (isRestartable) {
      restartableRestarts += number(status, 'restartCount')
      restartableLast = newer(restartableLast, finished(status))
    }
    if (at(status, 'state.terminated') && number(status, 'state.terminated.exitCode') === 0) continue
    if (isRestartable && flag(status, 'started')) {
      if (flag(status, 'ready')) ready++
      continue
    }
    const waiting = text(status, 'state.waiting.reason')
    if (at(status, 'state.terminated')) reason = terminatedReason(status, 'Init:')
    else if (waiting && waiting !== 'PodInitializing') reason = `Init:${waiting}`
    else reason = `Init:${index}/${items(pod, 'spec.initContainers').length}`
    break
  }
  return { ready, restarts, restartableRestarts, last, restartableLast, reason }
}

function runningState(pod: JsonObject, base: string) {
  let reason = base
  let failedReason = ''
  let ready = 0
  let restarts = 0
  let last = ''
  let hasRunning = false
  for (const status of items(pod, 'status.containerStatuses').toReversed()) {
    restarts += number(status, 'restartCount')
    last = newer(last, finished(status))
    const waiting = text(status, 'state.waiting.reason')
    if (waiting) reason = waiting
    else if (at(status, 'state.terminated')) {
      reason = terminatedReason(status, '')
      if (number(status, 'state.terminated.exitCode') !== 0) failedReason = reason
    } else if (flag(status, 'ready') && at(status, 'state.running')) {
      hasRunning = true
      ready++
    }
  }
  if (reason === 'Completed') {
    if (hasRunning) reason = isTrue(pod, 'Ready') ? 'Running' : failedReason || 'NotReady'
    else if (failedReason) reason = failedReason
  }
  return { reason, ready, restarts, last }
}

function finalReason(pod: JsonObject, reason: string): string {
  if (!at(pod, 'metadata.deletionTimestamp')) return reason
  if (text(pod, 'status.reason') === 'NodeLost') return 'Unknown'
  const phase = text(pod, 'status.phase')
  return phase === 'Succeeded' || phase === 'Failed' ? reason : 'Terminating'
}

function restarts(pod: JsonObject, now: number): string {
  const { restarts: count, lastRestart } = summarize(pod)
  return count > 0 && lastRestart ? `${count} (${human(now - Date.parse(lastRestart))} ago)` : String(count)
}

function readinessGates(pod: JsonObject): string {
  const gates = items(pod, 'spec.readinessGates').map((gate) => text(gate, 'conditionType'))
  if (gates.length === 0) return '<none>'
  return `${gates.filter((type) => isTrue(pod, type)).length}/${gates.length}`
}

export const podCells: KindCells = {
  Ready: (pod) => {
    const { ready, total } = summarize(pod)
    return `${ready}/${total}`
  },
  Status: (pod) => summarize(pod).reason,
  Restarts: restarts,
  IP: (pod) => text(items(pod, 'status.podIPs')[0], 'ip', '<none>'),
  Node: (pod) => text(pod, 'spec.nodeName', '<none>'),
  'Nominated Node': (pod) => text(pod, 'status.nominatedNodeName', '<none>'),
  'Readiness Gates': readinessGates,
}

const ends = new Map([
  ['Succeeded', 'The pod has completed successfully.'],
  ['Failed', 'The pod failed.'],
])

/** Marks rows of pods that are over. */
export function podConditions(pod: KubeObject) {
  const reason = text(pod as unknown as JsonObject, 'status.phase')
  const message = ends.get(reason)
  return message === undefined ? undefined : [{ type: 'Completed', status: 'True', reason, message }]
}
