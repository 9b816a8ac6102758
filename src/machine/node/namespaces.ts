// A node is a set of namespaces held open by a process 1 of its own: network, mounts, host name, IPC, processes and cgroups.
//
// Because process 1 lives in a PID namespace, killing it kills everything of the node; because nothing is pinned on the host, its
// network, cables and mounts then vanish by themselves. What it leaves are its cgroups (removed by path) and its directory.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Hierarchy, nodeSystemCgroups } from '../cgroups.ts'
import { type ClusterLayout, type NodeLayout } from '../layout.ts'
import { findProcesses, type Mark, markedEnvironment, type MarkedProcess } from '../processes.ts'

/** Quotes for /bin/sh. */
const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Joins cgroups, then becomes the command: whatever that starts is in them from the beginning. */
const joinCgroups = (directories: readonly string[]): string => directories.map((directory) => `echo $$ > ${quote(`${directory}/cgroup.procs`)}`).join('\n')

/**
 * What runs first inside a new node, with its namespaces still empty copies of the host's.
 *
 * The host's /sys would show the host's interfaces, and its cgroup mounts the host's groups (which runc would find first), so both
 * are replaced. The tree is shared among the node's own processes: containers may ask for mounts to propagate.
 */
export function initScript(cluster: ClusterLayout, node: NodeLayout, hierarchies: readonly Hierarchy[]): string {
  const cgroupMounts = hierarchies.flatMap(({ version, mountPoint, options }) => [
    ...(mountPoint === '/sys/fs/cgroup' ? [] : [`mkdir -p ${quote(mountPoint)}`]),
    version === 2 ? `mount -t cgroup2 cgroup2 ${quote(mountPoint)}` : `mount -t cgroup -o ${quote(options)} cgroup ${quote(mountPoint)}`,
  ])
  const needsTmpfs = !hierarchies.some(({ mountPoint }) => mountPoint === '/sys/fs/cgroup')
  return [
    'set -eu',
    `echo ${quote(node.name)} > /proc/sys/kernel/hostname`,
    'umount -R -l /sys',
    'mount -t sysfs sysfs /sys',
    ...(needsTmpfs ? ['mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup'] : []),
    ...cgroupMounts,
    ...node.binds.map(({ from, to }) => `mount --bind ${quote(from)} ${quote(to)}`),
    'mount --make-rshared /',
    'ip link set lo up',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    // Where the kernel has them: IPv6, and bridges (on which some CNI plugins rely) whose frames pass the packet filter.
    'for key in ipv6/conf/all/forwarding bridge/bridge-nf-call-iptables; do [ ! -e /proc/sys/net/$key ] || echo 1 > /proc/sys/net/$key; done',
    // CVE-2020-10749: nobody on a cable or bridge tells the node where its packets go. Interfaces made from now on start like `default`.
    'for name in all default lo; do [ ! -e /proc/sys/net/ipv6/conf/$name ] || echo 0 > /proc/sys/net/ipv6/conf/$name/accept_ra; done',
    'echo ready',
    `exec ${quote(cluster.init)} <&- >&- 2>&-`,
  ].join('\n')
}

export interface NamespaceOptions {
  readonly cluster: ClusterLayout
  readonly node: NodeLayout
  readonly hierarchies: readonly Hierarchy[]
  /** The node's own cgroup in each hierarchy, as a directory. */
  readonly cgroupDirectories: readonly string[]
}

/**
 * Makes the node's namespaces and leaves only its process 1 running in them.
 * @returns that process's pid on the host
 */
export async function makeNamespaces({ cluster, node, hierarchies, cgroupDirectories }: NamespaceOptions): Promise<number> {
  // Sockets and namespace handles of an earlier life mean nothing any more.
  rmSync(join(node.directory, 'run'), { recursive: true, force: true })
  for (const { from } of node.binds) mkdirSync(from, { recursive: true, mode: 0o711 })
  const mark: Mark = { clusterDirectory: cluster.directory, role: 'init', node: node.name }
  const unshare = 'exec unshare --net --mount --uts --ipc --pid --cgroup --fork --mount-proc --propagation slave sh -c "$1"'
  const child = spawn('sh', ['-c', `set -e\n${joinCgroups(cgroupDirectories)}\n${unshare}`, 'sh', initScript(cluster, node, hierarchies)], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: markedEnvironment(process.env, mark),
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.toString().includes('ready')) resolve()
  })
  child.once('error', reject)
  child.once('close', () => reject(new Error(`namespaces of ${node.name} could not be made: ${said.trim() || 'no reason given'}`)))
  await promise
  child.removeAllListeners('close')
  child.stdout.destroy()
  child.stderr.destroy()
  child.unref()
  const init = findInit(cluster, node.name)
  if (!init) throw new Error(`process 1 of ${node.name} ended at once`)
  return init.pid
}

export function findInit(cluster: ClusterLayout, node: string, processes = findProcesses(cluster.directory)): MarkedProcess | undefined {
  return processes.find((process) => process.role === 'init' && process.node === node && process.innerPid === 1)
}

/**
 * A command line that runs `argv` inside the node: in its namespaces and in its cgroup.
 * @param initPid of the node's process 1, on the host
 */
export function insideNode(argv: readonly string[], options: { initPid: number; hierarchies: readonly Hierarchy[]; cgroup: string }): [string, ...string[]] {
  const script = `set -e\n${joinCgroups(nodeSystemCgroups(options.hierarchies, options.cgroup))}\nexec nsenter --target "$0" --mount --net --uts --ipc --pid --cgroup -- "$@"`
  return ['sh', '-c', script, String(options.initPid), ...argv]
}
