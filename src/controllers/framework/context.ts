import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { InformerFactory } from '../../client/informers/informer.ts'
import type { QueueMetrics } from '../../client/workqueue/queue-metrics.ts'
import type { Component } from '../../component-base/component.ts'
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'

/** Everything a controller gets from outside. */
export interface ControllerContext {
  /** Acts as this controller's own service account. */
  readonly client: Client
  /** A client of the same identity whose reads bring metadata only. */
  readonly metadataClient: Client
  /** Shared by all controllers of the process; a controller waits only for those that it asks for. */
  readonly informers: InformerFactory
  readonly events: EventRecorder
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
  /** Where a controller counts what only it knows; left out: nowhere. */
  readonly metrics?: MetricsRegistry | undefined
  /** What queues count, by their name; without it nothing is counted. */
  readonly queueMetrics?: ((name: string) => QueueMetrics) | undefined
}

/** One entry of the list that `--controllers` chooses from. */
export interface ControllerDescriptor {
  /** Upstream's name: `deployment-controller`. */
  readonly name: string
  readonly create: (context: ControllerContext) => Component
  /** Who its events are from, where upstream does not say the controller's name. */
  readonly eventSource?: string
  /** Names from before upstream renamed its controllers, which `--controllers` still takes. */
  readonly aliases?: readonly string[]
  /** It acts as the manager itself, as upstream's does. */
  readonly asManager?: true
  /** `*` does not mean it: it runs only when it is named. */
  readonly offByDefault?: true
}
