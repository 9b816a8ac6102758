// One node: its namespaces, its cable and its container runtime.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../util/clock.ts'
import { hostAddress, nodeAddress, prefixLengthOf } from '../addresses.ts'
import { makeNodeCgroup, nodeCgroup, removeCgroup, settleNodeCgroup } from '../cgroups.ts'
import type { MachineFacts } from '../check.ts'
import type { ClusterRecord, NodeRecord } from '../cluster-record.ts'
import { containerdConfig } from '../containerd/config.ts'
import { waitForSocket } from '../containerd/supervisor.ts'
import { makeMountPoint } from '../host/mount-points.ts'
import { ensureImage } from '../image/import.ts'
import type { PackedImage } from '../image/pack.ts'
import type { Journal } from '../journal.ts'
import { type ClusterLayout, type NodeLayout, nodeLayout, nodePaths } from '../layout.ts'
import { endProcesses, findProcesses, isInside, type MarkedProcess, type Role, runs, startDetached, waitForEnd } from '../processes.ts'
import { plugIn } from './cable.ts'
import { findInit, insideNode, makeNamespaces } from './namespaces.ts'

export interface NodeDependencies {
  readonly cluster: ClusterLayout
  readonly record: Pick<ClusterRecord, 'ranges'>
  readonly journal: Journal
  readonly facts: MachineFacts
  readonly pauseImage: PackedImage
  readonly clock: Clock
}

/** containerd answers within half a second on an idle machine; a slow disk may take long to open its database. */
const containerdTimeoutMs = 30_000

/** Makes the node and starts its containerd, with the pause image in it. What runs already is left as it is. */
export async function startNode(node: NodeRecord, dependencies: NodeDependencies): Promise<void> {
  const { cluster, record, journal, facts, pauseImage, clock } = dependencies
  const layout = nodeLayout(cluster, node.name)
  if (!findInit(cluster, node.name)) {
    const cgroup = nodeCgroup(cluster.id, node.name)
    // What an earlier life of the node left would let nothing in: in v2 a group that hands on controllers has no processes of its own.
    await removeCgroup(cgroup, clock)
    makeNodeCgroup(facts.hierarchies, cgroup)
    for (const { to } of layout.binds) makeMountPoint(to)
    mkdirSync(layout.directory, { recursive: true, mode: 0o711 })
    writeFileSync(layout.containerdConfig, configOf(facts, pauseImage), { mode: 0o600 })
    const initPid = await makeNamespaces({
      cluster,
      node: layout,
      hierarchies: facts.hierarchies,
      cgroupDirectories: facts.hierarchies.map(({ mountPoint }) => join(mountPoint, cgroup)),
    })
    settleNodeCgroup(facts.hierarchies, cgroup)
    const gateway = hostAddress(record.ranges.nodeCidr)
    const address = `${nodeAddress(record.ranges.nodeCidr, node.number)}/${prefixLengthOf(record.ranges.nodeCidr)}`
    startContainerdIn(layout, dependencies)
    await plugIn({ cluster, journal, node: node.name, initPid, address, gateway })
  } else {
    const processes = findProcesses(cluster.directory)
    // Where there is an agent, its supervisor starts containerd again; a second one would fight the first over its state.
    if (!runs(processes, 'containerd', node.name) && !runs(processes, 'agent', node.name)) startContainerdIn(layout, dependencies)
  }
  await waitForSocket(layout.containerdSocket, { timeoutMs: containerdTimeoutMs, clock })
  await ensureImage(layout.containerdSocket, pauseImage, { pinned: true })
}

function configOf(facts: MachineFacts, pauseImage: PackedImage): string {
  return containerdConfig({
    sandboxImage: pauseImage.reference,
    overlay: facts.overlay,
    mayLowerOomScore: facts.mayLowerOomScore,
    cniBinDirectory: facts.cniBinDirectory!,
    cniConfigDirectory: nodePaths.cniConfig,
    registryConfigDirectory: '/etc/containerd/certs.d',
    socket: nodePaths.containerdSocket,
  })
}

/** Started before the node's agent exists, and in the form that the agent's supervisor adopts. */
function startContainerdIn(layout: NodeLayout, dependencies: NodeDependencies): void {
  const { containerdPidFile } = nodePaths
  // Field 22 of /proc/self/stat is when the process started; exec keeps pid and start.
  const script = `set -- $(cat /proc/$$/stat); echo "$$ \${22}" > ${containerdPidFile}; exec containerd --config "$0"`
  runInNode(layout.name, { role: 'containerd', argv: ['sh', '-c', script, layout.containerdConfig], logFile: layout.containerdLog }, dependencies)
}

export interface NodeProcess {
  readonly role: Role
  readonly argv: readonly string[]
  readonly logFile: string
}

/**
 * Starts a lasting process inside the node.
 * @throws when the node does not run
 */
export function runInNode(node: string, { role, argv, logFile }: NodeProcess, { cluster, facts }: Pick<NodeDependencies, 'cluster' | 'facts'>): void {
  const init = findInit(cluster, node)
  if (!init) throw new Error(`node ${node} does not run`)
  startDetached({
    argv: insideNode(argv, { initPid: init.pid, hierarchies: facts.hierarchies, cgroup: nodeCgroup(cluster.id, node) }),
    mark: { clusterDirectory: cluster.directory, role, node },
    logFile,
  })
}

/** How long an agent may take to end in order before it is killed. */
const agentGraceMs = 2_000

/** See {@link isInside}. */
const waitersGraceMs = 1_000

/** Kills nodes: process 1 takes all others of its PID namespace with it. */
export async function endNodes(processes: readonly MarkedProcess[], clock: Clock): Promise<void> {
  await endProcesses(
    processes.filter(({ role, innerPid }) => role === 'init' && innerPid === 1),
    0,
    clock,
  )
  await waitForEnd(processes, waitersGraceMs, clock)
  await endProcesses(processes, 0, clock)
}

/** Ends everything that runs on the node, and removes its cgroup. Its directory stays. */
export async function stopNode(node: string, { cluster, clock }: Pick<NodeDependencies, 'cluster' | 'clock'>): Promise<void> {
  const processes = findProcesses(cluster.directory).filter((process) => process.node === node)
  await endProcesses(
    processes.filter((process) => process.role === 'agent' && isInside(process)),
    agentGraceMs,
    clock,
  )
  await endNodes(processes, clock)
  await removeCgroup(nodeCgroup(cluster.id, node), clock)
}
