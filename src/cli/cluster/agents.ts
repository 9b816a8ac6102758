import { writeFileSync } from 'node:fs'
import type { Cluster } from './clusters.ts'
import { nodeAddress } from '../../machine/addresses.ts'
import type { MachineFacts } from '../../machine/check.ts'
import type { NodeRecord } from '../../machine/cluster-record.ts'
import { nodeLayout, nodePaths } from '../../machine/layout.ts'
import { runInNode } from '../../machine/node/node.ts'
import { findProcesses, runs } from '../../machine/processes.ts'
import type { Access, CliContext } from '../context.ts'

/**
 * Starts the node's agent (kubelet, kube-proxy, node network) inside the node.
 * @returns false when it runs already
 */
export function startAgent(node: NodeRecord, cluster: Cluster, facts: MachineFacts, access: Access, { self }: Pick<CliContext, 'self'>): boolean {
  const { layout, record } = cluster
  if (runs(findProcesses(layout.directory), 'agent', node.name)) return false
  const files = nodeLayout(layout, node.name)
  writeFileSync(files.kubeconfig, access.nodes.get(node.name)!, { mode: 0o600 })
  runInNode(
    node.name,
    {
      role: 'agent',
      argv: [
        ...self,
        'agent',
        '--node-name',
        node.name,
        '--node-ip',
        nodeAddress(record.ranges.nodeCidr, node.number),
        '--kubeconfig',
        files.kubeconfig,
        '--containerd-socket',
        nodePaths.containerdSocket,
        '--containerd-config',
        files.containerdConfig,
        '--containerd-log',
        files.containerdLog,
        '--root-dir',
        nodePaths.kubelet,
        '--cluster-cidr',
        record.ranges.podCidr,
        '--cni-conf-dir',
        nodePaths.cniConfig,
      ],
      logFile: files.agentLog,
    },
    { cluster: layout, facts },
  )
  return true
}
