// The node network of one node (or, without a node's name, of the host) as a process of its own, told of nodes by an argument.
//   network-main.ts NODES-JSON BRIDGE|- [NODE]
import type { Node } from '../../../src/api/core/v1.ts'
import { nodes as nodeResource } from '../../../src/api/resources.ts'
import type { Informer } from '../../../src/client/informers/informer.ts'
import { nodePaths } from '../../../src/machine/layout.ts'
import { newHostNetwork } from '../../../src/network/host-network.ts'
import { newNodeNetwork } from '../../../src/network/node-network.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { silentLogger } from '../../../src/component-base/logger.ts'

const [json = '[]', bridge = '-', nodeName] = process.argv.slice(2)
const all = JSON.parse(json) as readonly Node[]

/** All nodes are there from the beginning and never change. */
const nodes: Informer<Node> = {
  resource: nodeResource,
  lister: { get: (key) => all.find(({ metadata }) => metadata.name === key), all: () => all, inNamespace: () => all, byIndex: () => [] },
  addHandler(handler) {
    for (const node of all) handler.add?.(node, { initial: true })
    return () => {}
  },
  addIndex() {},
  hasSynced: () => true,
}

const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
const common = { nodes, clock: systemClock, logger: silentLogger }
const component = nodeName
  ? newNodeNetwork({ ...common, nodeName, clusterCidr: '10.244.0.0/16', cniConfigDirectory: nodePaths.cniConfig })
  : newHostNetwork({ ...common, bridge, serviceCidr: '10.96.0.0/16' })
const keepAlive = setInterval(() => {}, 60_000)
await component.run(stop.signal)
clearInterval(keepAlive)
