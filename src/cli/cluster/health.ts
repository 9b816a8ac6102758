// How a cluster is doing, as one value: what `status` shows and `up` and `list` decide by.
import { nodes } from '../../api/resources.ts'
import { nodeAddress } from '../../machine/addresses.ts'
import { findProcesses, type MarkedProcess, runs } from '../../machine/processes.ts'
import type { Cluster } from './clusters.ts'
import { connectAsAdmin, isServerReady } from './connection.ts'
import { serverUrl } from './control-plane.ts'
import { readyCondition, whyNotReady } from './readiness.ts'
import { isKubeconfigCurrent } from './user-kubeconfig.ts'

export interface ComponentHealth {
  readonly name: string
  readonly ok: boolean
  readonly state: string
  readonly detail: string
}

export interface ClusterHealth {
  readonly name: string
  readonly state: 'running' | 'degraded' | 'stopped'
  readonly server: string
  readonly controlPlane: ComponentHealth
  readonly nodes: readonly ComponentHealth[]
  readonly kubeconfig: ComponentHealth
}

/** Whether every process that the cluster consists of is there; not whether they are well. */
export function isRunning({ layout, record }: Cluster): boolean {
  const processes = findProcesses(layout.directory)
  return runs(processes, 'server') && record.nodes.every(({ name }) => (['init', 'containerd', 'agent'] as const).every((role) => runs(processes, role, name)))
}

export async function readHealth(cluster: Cluster): Promise<ClusterHealth> {
  const { layout, record } = cluster
  const processes = findProcesses(layout.directory)
  const server = serverUrl(cluster)
  const { controlPlane, ready } = await readServer(cluster, processes)
  const machines = record.nodes.map(({ name, number }): ComponentHealth => {
    const missing = (['init', 'containerd', 'agent'] as const).filter((role) => !runs(processes, role, name))
    const node = ready.get(name)
    const address = nodeAddress(record.ranges.nodeCidr, number)
    if (missing.length === 3) return { name, ok: false, state: 'stopped', detail: `start it with: cox start ${record.name}` }
    if (missing.length > 0) return { name, ok: false, state: 'broken', detail: `not running: ${missing.join(', ')}; repair it with: cox start ${record.name}` }
    return {
      name,
      ok: node?.ok ?? false,
      state: node?.ok ? 'ready' : 'not ready',
      detail: node?.ok ? address : (node?.why ?? 'unknown while the API server does not answer'),
    }
  })
  const current = await isKubeconfigCurrent(record.kubeconfig, record.context, server)
  const stopped = processes.length === 0
  return {
    name: record.name,
    state: stopped ? 'stopped' : controlPlane.ok && machines.every(({ ok }) => ok) ? 'running' : 'degraded',
    server,
    controlPlane,
    nodes: machines,
    kubeconfig: current
      ? { name: 'kubeconfig', ok: true, state: 'current', detail: `context ${record.context} in ${record.kubeconfig}` }
      : { name: 'kubeconfig', ok: false, state: 'missing', detail: `add it with: cox kubeconfig --merge ${record.name}` },
  }
}

interface NodeAnswer {
  readonly ok: boolean
  readonly why: string
}

async function readServer(
  cluster: Cluster,
  processes: readonly MarkedProcess[],
): Promise<{ controlPlane: ComponentHealth; ready: ReadonlyMap<string, NodeAnswer> }> {
  const { layout, record } = cluster
  const component = (ok: boolean, state: string, detail: string): ComponentHealth => ({ name: 'control plane', ok, state, detail })
  if (!runs(processes, 'server')) return { controlPlane: component(false, 'stopped', `start it with: cox start ${record.name}`), ready: new Map() }
  using admin = connectAsAdmin(layout)
  if (!(await isServerReady(admin.client))) return { controlPlane: component(false, 'not ready', `see: cox logs --name ${record.name}`), ready: new Map() }
  const { items } = await admin.client.list(nodes)
  const byName = new Map(items.map((node) => [node.metadata.name, node]))
  const ready = new Map(record.nodes.map(({ name }) => [name, { ok: readyCondition(byName.get(name))?.status === 'True', why: whyNotReady(byName.get(name)) }]))
  return { controlPlane: component(true, 'ready', serverUrl(cluster)), ready }
}

/** minikube's bits: 1 for machines, 2 for the cluster, 4 for the kubeconfig; 0 when all is well. */
export function statusBits({ nodes: machines, controlPlane, kubeconfig, state }: ClusterHealth): number {
  const machinesDown = state === 'stopped' || machines.some((node) => node.state === 'stopped' || node.state === 'broken')
  const clusterDown = !controlPlane.ok || machines.some(({ ok }) => !ok)
  return (machinesDown ? 1 : 0) | (clusterDown ? 2 : 0) | (kubeconfig.ok ? 0 : 4)
}
