// The scheduler: takes the most urgent pod without a node, finds the best node, assumes it there, and binds in the background
// while it goes on with the next. It only picks; the kubelet of the node does the rest.
import type { Node, Pod } from '../api/core/v1.ts'
import { keyOf } from '../api/object.ts'
import { nodes, podDisruptionBudgets, pods } from '../api/resources.ts'
import { isConflict, isNotFound } from '../apimachinery/api-error.ts'
import type { EventRecorder } from '../client/events/recorder.ts'
import type { InformerFactory } from '../client/informers/informer.ts'
import type { Component } from '../component-base/component.ts'
import type { MetricsRegistry } from '../component-base/metrics/registry.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Rand } from '../util/rand.ts'
import { type ActDependencies, bind, evict, reportUnscheduled } from './act.ts'
import { Cache } from './cache/cache.ts'
import { describeFailure, type Diagnosis } from './framework/diagnosis.ts'
import type { Plugin } from './framework/plugin.ts'
import { newGroupSelector } from './group-selector.ts'
import { Nominator } from './nominator.ts'
import { defaultPlugins } from './plugins/registry.ts'
import { planPreemption } from './preemption.ts'
import { type QueuedPod, SchedulingQueue } from './queue/queue.ts'
import { NodeFinder } from './schedule-one.ts'
import { SchedulerMetrics } from './scheduler-metrics.ts'

export interface SchedulerOptions extends ActDependencies {
  readonly informers: InformerFactory
  readonly recorder: EventRecorder
  readonly logger: Logger
  readonly rand: Rand
  /** Pods whose spec.schedulerName is this one are ours. */
  readonly schedulerName?: string
  readonly plugins?: readonly Plugin[]
  /** Where attempts are counted. */
  readonly metrics?: MetricsRegistry
}

/** Bindings under way at once: enough to hide their latency, few enough not to flood the API server. */
const bindingsMax = 32

const isDone = (pod: Pod) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

class Scheduler implements Component {
  readonly name = 'kube-scheduler'
  readonly #options: SchedulerOptions
  readonly #schedulerName: string
  readonly #plugins: readonly Plugin[]
  readonly #cache = new Cache()
  readonly #queue: SchedulingQueue
  readonly #nominator = new Nominator()
  readonly #finder: NodeFinder
  readonly #metrics: SchedulerMetrics
  readonly #pods
  readonly #nodes
  readonly #budgets
  readonly #binding = new Set<Promise<void>>()

  constructor(options: SchedulerOptions) {
    const { informers, clock, rand } = options
    this.#options = options
    this.#schedulerName = options.schedulerName ?? 'default-scheduler'
    this.#plugins = options.plugins ?? defaultPlugins(informers, newGroupSelector(informers))
    this.#metrics = new SchedulerMetrics(this.#schedulerName, clock, () => this.#queue.counts, options.metrics)
    this.#queue = new SchedulingQueue(this.#plugins, clock, (event, queue) => this.#metrics.incoming(event, queue))
    this.#finder = new NodeFinder({ plugins: this.#plugins, nominated: (node) => this.#nominator.on(node), rand, metrics: this.#metrics })
    this.#pods = informers.for(pods)
    this.#nodes = informers.for(nodes)
    this.#budgets = informers.for(podDisruptionBudgets)
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#options.informers.synced(signal)
    const removeHandlers = [this.#watchNodes(), this.#watchPods()]
    const timers = this.#queue.run(signal)
    for (let item = await this.#queue.next(signal); item; item = await this.#queue.next(signal)) {
      this.#scheduleOne(item, signal)
      if (this.#binding.size >= bindingsMax) await Promise.race(this.#binding)
    }
    for (const remove of removeHandlers) remove()
    await Promise.allSettled([timers, ...this.#binding])
  }

  #watchNodes(): () => void {
    return this.#nodes.addHandler({
      add: (node) => {
        this.#cache.setNode(node)
        this.#queue.onEvent({ resource: 'Node', action: 'add', old: undefined, node })
      },
      update: (old, node) => {
        this.#cache.setNode(node)
        if (isWorthTelling(old, node)) this.#queue.onEvent({ resource: 'Node', action: 'update', old, node })
      },
      delete: (node) => {
        this.#cache.removeNode(node.metadata.name)
        this.#queue.onEvent({ resource: 'Node', action: 'delete', node })
      },
    })
  }

  #watchPods(): () => void {
    return this.#pods.addHandler({ add: (pod) => this.#seen(undefined, pod), update: (old, pod) => this.#seen(old, pod), delete: (pod) => this.#gone(pod) })
  }

  #seen(old: Pod | undefined, pod: Pod): void {
    if (isDone(pod)) return this.#gone(pod)
    if (!pod.spec.nodeName) {
      if ((pod.spec.schedulerName ?? 'default-scheduler') !== this.#schedulerName || pod.metadata.deletionTimestamp) return this.#queue.remove(pod)
      this.#nominator.set(pod)
      if (!this.#cache.isAssumed(pod)) this.#queue.set(pod)
      return
    }
    this.#queue.remove(pod)
    this.#nominator.remove(pod)
    const known = old?.spec.nodeName !== undefined
    this.#cache.setPod(pod)
    this.#queue.onEvent({ resource: 'AssignedPod', action: known ? 'update' : 'add', old: known ? old : undefined, pod })
  }

  #gone(pod: Pod): void {
    this.#queue.remove(pod)
    this.#nominator.remove(pod)
    this.#cache.removePod(pod)
    if (pod.spec.nodeName) this.#queue.onEvent({ resource: 'AssignedPod', action: 'delete', old: undefined, pod })
  }

  #scheduleOne(item: QueuedPod, signal: AbortSignal): void {
    const pod = this.#pods.lister.get(keyOf(item.pod))
    if (!pod || pod.metadata.uid !== item.pod.metadata.uid || pod.metadata.deletionTimestamp || pod.spec.nodeName) return this.#queue.done(item)
    const startedMs = this.#metrics.now()
    const outcome = this.#finder.find(pod, this.#cache)
    if (outcome.kind === 'unschedulable') {
      this.#metrics.attempted('unschedulable', startedMs)
      return this.#track(this.#refuse(item, pod, outcome.diagnosis, signal))
    }
    const { node, evaluated, feasible } = outcome
    this.#cache.assume(pod, node.name)
    this.#track(this.#bind(item, pod, node.name, { evaluated, feasible, startedMs }, signal))
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#binding.delete(tracked))
    this.#binding.add(tracked)
  }

  async #bind(item: QueuedPod, pod: Pod, node: string, counts: { evaluated: number; feasible: number; startedMs: number }, signal: AbortSignal): Promise<void> {
    const { recorder, logger } = this.#options
    const bindMs = this.#metrics.now()
    try {
      await bind(pod, node, this.#options, signal)
      this.#metrics.ran('Bind', bindMs, true)
      this.#metrics.attempted('scheduled', counts.startedMs)
      this.#metrics.scheduled(item.attempts, item.queuedAtMs)
      this.#queue.done(item)
      this.#nominator.remove(pod)
      recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${keyOf(pod)} to ${node}`)
      logger.info('Successfully bound pod to node', { pod: keyOf(pod), node, evaluatedNodes: counts.evaluated, feasibleNodes: counts.feasible })
    } catch (error) {
      this.#cache.forget(pod)
      if (isNotFound(error) || signal.aborted) return this.#queue.done(item)
      const current = this.#pods.lister.get(keyOf(pod))
      if (isConflict(error) && current?.spec.nodeName) return this.#queue.done(item)
      this.#metrics.attempted('error', counts.startedMs)
      logger.error('Failed to bind pod', error, { pod: keyOf(pod), node })
      this.#queue.refuse(item, pod, new Set())
    }
  }

  /** No node: tell why, make room if that is possible, and wait for something to change. */
  async #refuse(item: QueuedPod, pod: Pod, diagnosis: Diagnosis, signal: AbortSignal): Promise<void> {
    const { logger, recorder } = this.#options
    const plan = planPreemption({ pod, view: this.#cache, diagnosis, plugins: this.#plugins, budgets: this.#budgets.lister.all() })
    this.#metrics.preempted(plan.node === undefined ? 0 : plan.victims.length)
    const message = describeFailure(diagnosis, plan.node === undefined ? plan.message : '')
    if (plan.node !== undefined) this.#nominator.nominate(pod, plan.node)
    this.#queue.refuse(item, pod, diagnosis.refusedBy)
    try {
      if (plan.node !== undefined) {
        for (const victim of plan.victims) {
          await evict(victim, pod, this.#options, signal)
          recorder.event(victim, 'Normal', 'Preempted', `Preempted by pod ${pod.metadata.uid} on node ${plan.node}`)
        }
      }
      recorder.event(pod, 'Warning', 'FailedScheduling', message)
      logger.info('Unable to schedule pod; no fit; waiting', { pod: keyOf(pod), message })
      await reportUnscheduled(
        pod,
        { reason: 'Unschedulable', message, ...(plan.node === undefined ? {} : { nominatedNodeName: plan.node }) },
        this.#options,
        signal,
      )
    } catch (error) {
      if (!signal.aborted) logger.error('Could not report that a pod is unschedulable', error, { pod: keyOf(pod) })
    }
  }
}

/** Heartbeats change only times in the status; waking pods for them would be noise. */
function isWorthTelling(old: Node, node: Node): boolean {
  const facts = (n: Node) => JSON.stringify([n.spec, n.metadata.labels, n.status?.allocatable, n.status?.conditions?.map((c) => [c.type, c.status])])
  return old.metadata.resourceVersion !== node.metadata.resourceVersion && facts(old) !== facts(node)
}

export function newScheduler(options: SchedulerOptions): Component {
  return new Scheduler(options)
}
