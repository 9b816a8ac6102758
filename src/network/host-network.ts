// The way from a machine that is no node itself (the one `cox up` runs on) to pods and Services.
import type { Node } from '../api/core/v1.ts'
import type { Informer } from '../client/informers/informer.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Clock } from '../util/clock.ts'
import { changeRoutes, readRoutes } from './kernel.ts'
import { reconcileOnNodeChanges } from './reconcile-loop.ts'
import { podRoutes, routeChanges, serviceRoute } from './routes.ts'

export interface HostNetworkOptions {
  readonly nodes: Informer<Node>
  readonly serviceCidr: string
  /** The interface that the nodes are behind. The routes go away with it. */
  readonly bridge: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Keeps routes to every node's pods and, through one ready node, to all Services. */
export function newHostNetwork(options: HostNetworkOptions): Component {
  const { bridge, serviceCidr } = options
  return {
    name: 'host-network',
    async run(signal) {
      await reconcileOnNodeChanges(
        options,
        async (nodes) => {
          const service = serviceRoute(nodes, serviceCidr)
          const wanted = [...podRoutes(nodes), ...(service ? [service] : [])]
          await changeRoutes(routeChanges(wanted, await readRoutes(bridge)), bridge)
        },
        signal,
      )
    },
  }
}
