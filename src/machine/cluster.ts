// The machines of one cluster together: made, stopped, and removed without a trace.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { runCommand } from '../network/command.ts'
import type { Clock } from '../util/clock.ts'
import { hostAddress, type HostRoute, parseHostRoutes, prefixLengthOf } from './addresses.ts'
import { clusterCgroup, removeCgroup } from './cgroups.ts'
import { type MachineFacts, readMachineFacts } from './check.ts'
import type { ClusterRecord, NodeRecord } from './cluster-record.ts'
import { makeBridge, removeHostResource } from './host/bridge.ts'
import { removeMountPoints } from './host/mount-points.ts'
import { architectureOf, packPauseImage } from './image/pause-image.ts'
import { pauseProgram } from './image/pause.ts'
import { Journal, type Resource } from './journal.ts'
import { cableName, type ClusterLayout, nodeLayout } from './layout.ts'
import { endNodes, type NodeDependencies, startNode, stopNode } from './node/node.ts'
import { endProcesses, findProcesses, isInside, type Role, waitForDying } from './processes.ts'

export interface Machines {
  /** Makes and starts one node. */
  start(node: NodeRecord): Promise<void>
  readonly facts: MachineFacts
}

/** Makes what all nodes of the cluster share (the bridge), and returns what makes nodes. */
export async function prepareMachines(cluster: ClusterLayout, record: ClusterRecord, clock: Clock, stateRoot: string): Promise<Machines> {
  mkdirSync(cluster.logs, { recursive: true, mode: 0o711 })
  const journal = new Journal(cluster.journal)
  journal.record({ kind: 'cgroup', path: clusterCgroup(cluster.id) })
  const architecture = architectureOf(process.arch)
  await writeFile(cluster.init, pauseProgram(architecture), { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    // It runs as some node's process 1 already.
    if (error.code !== 'ETXTBSY') throw error
  })
  const { nodeCidr } = record.ranges
  const [facts, pauseImage] = await Promise.all([
    readMachineFacts(stateRoot),
    packPauseImage(architecture),
    makeBridge({ cluster, journal, address: `${hostAddress(nodeCidr)}/${prefixLengthOf(nodeCidr)}`, ...record.ranges }),
  ])
  const dependencies: NodeDependencies = { cluster, record, journal, facts, pauseImage, clock }
  return { facts, start: (node) => startNode(node, dependencies) }
}

/** The ranges that this machine already routes somewhere. */
export async function readHostRoutes(): Promise<HostRoute[]> {
  return parseHostRoutes((await runCommand(['ip', '-json', 'route', 'show', 'table', 'all'])).stdout)
}

/** Removes one node for good: its processes, its cable, its cgroup and its directory. */
export async function removeNode(cluster: ClusterLayout, node: string, clock: Clock): Promise<void> {
  await stopNode(node, { cluster, clock })
  await removeHostResource({ kind: 'link', name: cableName(cluster, node) })
  rmSync(nodeLayout(cluster, node).directory, { recursive: true, force: true })
}

/** The machine's process 1 may take its time to collect orphans. */
const dyingTimeoutMs = 5_000

/**
 * Ends every process of the cluster and removes what it made on the host. Its data stay, so that it can be started again.
 * @param graceMs how long agents and control plane may take to end in order; 0 where their data go anyway
 */
export async function stopMachines(cluster: ClusterLayout, clock: Clock, { graceMs }: { readonly graceMs: number }): Promise<void> {
  const having = (...roles: Role[]) => findProcesses(cluster.directory).filter(({ role }) => roles.includes(role))
  await endProcesses(having('agent', 'server').filter(isInside), graceMs, clock)
  await endNodes(having('agent', 'containerd', 'init'), clock)
  await waitForDying(clusterCgroup(cluster.id), dyingTimeoutMs, clock)
  const journal = new Journal(cluster.journal).read().toReversed()
  for (const resource of journal) await removeResource(resource, clock)
  removeMountPoints(nodeLayout(cluster, '').binds.map(({ to }) => to))
  // What is gone must not be undone again: a later cluster may own the same name by then.
  const kept = journal.filter(({ kind }) => kind === 'kubeconfig').toReversed()
  if (journal.length > 0) writeFileSync(cluster.journal, kept.map((resource) => `${JSON.stringify(resource)}\n`).join(''), { flush: true })
}

async function removeResource(resource: Resource, clock: Clock): Promise<void> {
  if (resource.kind === 'kubeconfig') return
  if (resource.kind === 'cgroup') return removeCgroup(resource.path, clock)
  // Another cluster needs the setting as much as this one did.
  if (resource.kind === 'sysctl' && findProcesses().some(({ role }) => role === 'init')) return
  await removeHostResource(resource)
}

/** Removes the cluster's directory with all data. Its processes must have ended: {@link stopMachines}. */
export function removeData(cluster: ClusterLayout): void {
  rmSync(cluster.directory, { recursive: true, force: true })
}
