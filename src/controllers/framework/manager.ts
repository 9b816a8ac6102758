// Runs many controllers in one process, as kube-controller-manager does: one set of informers, one identity per controller, and,
// when asked, only while this process is the leader.
import type { Client } from '../../client/client.ts'
import { newEventRecorder } from '../../client/events/recorder.ts'
import { newInformerFactory } from '../../client/informers/factory.ts'
import { type LeaderElectionOptions, leadWhenElected } from '../../client/leaderelection/leader-election.ts'
import type { Component } from '../../component-base/component.ts'
import { type Logger, silentLogger } from '../../component-base/logger.ts'
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import { type Clock, systemClock } from '../../util/clock.ts'
import { type Rand, systemRand } from '../../util/rand.ts'
import type { ControllerDescriptor } from './context.ts'
import { addWorkqueueMetrics } from '../../client/workqueue/queue-metrics.ts'
import { ownInformers } from './own-informers.ts'

export interface ControllerManagerOptions {
  readonly controllers: readonly ControllerDescriptor[]
  /** As `--controllers`: `*` for all, a name, `-name` for all but. Default: all. */
  readonly enabled?: readonly string[]
  /** The manager's own client: informers, leader election. */
  readonly client: Client
  /** A client that acts as a controller's service account: `deployment-controller`. Default: {@link client}. */
  clientFor?(controller: string): Client
  /** As {@link clientFor}, for reads of metadata only. */
  metadataClientFor(controller: string): Client
  /** Run only while leader, under this identity. */
  readonly leaderElection?: Pick<LeaderElectionOptions, 'identity' | 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'> & {
    /** Default: kube-system/kube-controller-manager. */
    readonly lease?: LeaderElectionOptions['lease']
  }
  /** Where queues are counted, and whether this process leads. */
  readonly metrics?: MetricsRegistry
  readonly clock?: Clock
  readonly rand?: Rand
  readonly logger?: Logger
}

/** @throws {RangeError} for a name in `enabled` that no controller has */
export function newControllerManager(options: ControllerManagerOptions): Component {
  const { client, clock = systemClock, rand = systemRand, logger = silentLogger, leaderElection } = options
  const chosen = chooseControllers(options.controllers, options.enabled ?? ['*'])
  const queueMetrics = options.metrics && addWorkqueueMetrics(options.metrics)

  async function runControllers(signal: AbortSignal): Promise<void> {
    // When one fails for good the others end too: half a control plane is worse than a restart.
    const ending = new AbortController()
    const until = AbortSignal.any([signal, ending.signal])
    const informers = newInformerFactory({ client, clock, rand, logger })
    const components = chosen.flatMap(({ name, create, eventSource = name, asManager }): Component[] => {
      const own = asManager ? client : (options.clientFor?.(name) ?? client)
      const events = newEventRecorder({ client: own, component: eventSource, clock, rand, logger })
      const metadataClient = options.metadataClientFor(name)
      const component = create({
        client: own,
        metadataClient,
        informers: ownInformers(informers),
        events,
        clock,
        rand,
        logger,
        queueMetrics,
        metrics: options.metrics,
      })
      return [component, { name: `${name} events`, run: (signal) => events.run(signal) }]
    })
    const running = [informers.run(until), ...components.map((component) => component.run(until))]
    const results = await Promise.allSettled(running.map((promise) => promise.catch((error: unknown) => (ending.abort(error), Promise.reject(error as Error)))))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  }

  return {
    name: 'kube-controller-manager',
    async run(signal) {
      if (!leaderElection) return runControllers(signal)
      const lease = { namespace: 'kube-system', name: 'kube-controller-manager' }
      const { metrics } = options
      await leadWhenElected({ lease, client, clock, rand, logger, ...(metrics ? { metrics } : {}), ...leaderElection }, runControllers, signal)
    },
  }
}

/** Explicit names win over `*`. Source: k8s.io/controller-manager/app/helper.go (IsControllerEnabled). */
export function chooseControllers(controllers: readonly ControllerDescriptor[], enabled: readonly string[]): readonly ControllerDescriptor[] {
  const namesOf = ({ name, aliases = [] }: ControllerDescriptor) => [name, ...aliases]
  for (const entry of enabled) {
    const name = entry.replace(/^-/, '')
    if (name !== '*' && !controllers.some((each) => namesOf(each).includes(name))) throw new RangeError(`"${name}" is not in the list of known controllers`)
  }
  const all = enabled.includes('*')
  return controllers.filter((each) => {
    const names = namesOf(each)
    if (names.some((name) => enabled.includes(name))) return true
    return all && !each.offByDefault && !names.some((name) => enabled.includes(`-${name}`))
  })
}
