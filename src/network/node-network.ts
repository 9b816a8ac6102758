// The network of one node: how its pods get addresses, how they reach those of other nodes, and under which name they go outside.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Node } from '../api/core/v1.ts'
import type { Informer } from '../client/informers/informer.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Clock } from '../util/clock.ts'
import { cniConfigFile, cniConfigList } from './cni-config.ts'
import { applyMasquerade, changeRoutes, readRoutes } from './kernel.ts'
import { reconcileOnNodeChanges } from './reconcile-loop.ts'
import { podRoutes, routeChanges } from './routes.ts'

export interface NodeNetworkOptions {
  readonly nodeName: string
  /** All nodes of the cluster. */
  readonly nodes: Informer<Node>
  /** The range that all pods of the cluster have their addresses from. */
  readonly clusterCidr: string
  /** Where the container runtime looks for its CNI configuration. */
  readonly cniConfigDirectory: string
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Writes the CNI configuration once the node has its `spec.podCIDR` (which makes the runtime's network, and with it the node,
 * ready), keeps routes to the pods of all other nodes, and masquerades what leaves the cluster. Leaves all of it in place at the
 * end: pods outlive the agent.
 */
export function newNodeNetwork(options: NodeNetworkOptions): Component {
  const { nodeName, nodes, clusterCidr, cniConfigDirectory, logger } = options
  let appliedCidr: string | undefined
  return {
    name: 'node-network',
    async run(signal) {
      await reconcileOnNodeChanges(
        options,
        async (all) => {
          await changeRoutes(routeChanges(podRoutes(all, nodeName), await readRoutes()))
          const podCidr = nodes.lister.get(nodeName)?.spec?.podCIDR
          if (!podCidr) return
          await applyMasquerade({ podCidr, clusterCidr })
          await writeCniConfig(cniConfigDirectory, podCidr)
          if (appliedCidr !== podCidr) logger.info('Node network is configured', { node: nodeName, podCidr })
          appliedCidr = podCidr
        },
        signal,
      )
    },
  }
}

/** The runtime watches the folder, so the file appears complete and only when it differs. */
async function writeCniConfig(directory: string, podCidr: string): Promise<void> {
  const path = join(directory, cniConfigFile)
  const text = cniConfigList({ podCidr, hasIpv6: existsSync('/proc/sys/net/ipv6') })
  const before = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (before === text) return
  await mkdir(directory, { recursive: true })
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
