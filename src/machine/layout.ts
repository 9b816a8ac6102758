// Where everything of one cluster lies. A node sees its own folders at the places where a real machine has them.
import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** Changes when an older program could no longer read (or a newer one no longer understands) what is on disk. */
export const layoutVersion = 1

export interface ClusterLayout {
  readonly name: string
  readonly directory: string
  /** What the cluster is made of: see {@link ClusterRecord}. */
  readonly record: string
  /** What was made outside the directory: see journal.ts. */
  readonly journal: string
  readonly lock: string
  readonly logs: string
  /** The control plane's own data. */
  readonly server: string
  readonly adminKubeconfig: string
  /** Process 1 of every node. */
  readonly init: string
  /** Eight hex digits that tell this cluster's kernel objects from any other's. */
  readonly id: string
}

export function clusterLayout(stateRoot: string, name: string): ClusterLayout {
  const directory = join(stateRoot, name)
  return {
    name,
    directory,
    record: join(directory, 'cluster.json'),
    journal: join(directory, 'journal.jsonl'),
    lock: join(directory, 'lock'),
    logs: join(directory, 'logs'),
    server: join(directory, 'server'),
    adminKubeconfig: join(directory, 'kubeconfig'),
    init: join(directory, 'init'),
    id: createHash('sha256').update(directory).digest('hex').slice(0, 8),
  }
}

export interface NodeLayout {
  readonly name: string
  readonly directory: string
  readonly kubeconfig: string
  readonly containerdConfig: string
  /** containerd's socket as the host sees it; nodes see {@link nodePaths.containerdSocket}. */
  readonly containerdSocket: string
  readonly cniConfig: string
  readonly agentLog: string
  readonly containerdLog: string
  /** Folders of this node laid over the machine's, inside the node's mount namespace only. */
  readonly binds: readonly { readonly from: string; readonly to: string }[]
}

/** The usual places, as programs inside a node see them. */
export const nodePaths = {
  containerdSocket: '/run/containerd/containerd.sock',
  containerdPidFile: '/run/containerd/containerd.pid',
  kubelet: '/var/lib/kubelet',
  cniConfig: '/etc/cni/net.d',
} as const

export function nodeLayout(cluster: ClusterLayout, name: string): NodeLayout {
  const directory = join(cluster.directory, 'nodes', name)
  const at = (path: string) => join(directory, path)
  return {
    name,
    directory,
    kubeconfig: at('kubeconfig'),
    containerdConfig: at('containerd.toml'),
    containerdSocket: at('run/containerd/containerd.sock'),
    cniConfig: at('cni/net.d'),
    agentLog: join(cluster.logs, `${name}.log`),
    containerdLog: join(cluster.logs, `${name}-containerd.log`),
    binds: [
      { from: at('run/containerd'), to: '/run/containerd' },
      { from: at('run/netns'), to: '/run/netns' },
      { from: at('containerd'), to: '/var/lib/containerd' },
      { from: at('kubelet'), to: nodePaths.kubelet },
      { from: at('cni/lib'), to: '/var/lib/cni' },
      { from: at('cni/net.d'), to: nodePaths.cniConfig },
      { from: at('log/pods'), to: '/var/log/pods' },
      { from: at('log/containers'), to: '/var/log/containers' },
    ],
  }
}

/** An interface name has 15 bytes at most; a long cluster name gives way to its id. */
export const bridgeName = (cluster: ClusterLayout): string => (cluster.name.length <= 11 ? `cox-${cluster.name}` : `cox-${cluster.id}`)

/** The host's end of a node's cable. */
export function cableName(cluster: ClusterLayout, node: string): string {
  return `cox${createHash('sha256').update(`${cluster.directory}/${node}`).digest('hex').slice(0, 12)}`
}

/** The host's nftables table that lets nodes reach the outside. */
export const hostTableName = (cluster: ClusterLayout): string => `coxswain_${cluster.id}`
