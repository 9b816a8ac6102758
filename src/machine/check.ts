// Looks at the machine before anything is made: each problem is one sentence with its remedy.
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs'
import { release } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { runCommand } from '../network/command.ts'
import { type Hierarchy, readHierarchies } from './cgroups.ts'

export interface Problem {
  readonly id: 'root' | 'platform' | 'kernel' | 'tool' | 'nft' | 'cni' | 'cgroups' | 'disk' | 'path'
  readonly message: string
  readonly remedy: string
}

export interface MachineFacts {
  readonly platform: string
  readonly uid: number
  readonly kernelRelease: string
  /** Tools that are not on PATH. */
  readonly missingTools: readonly string[]
  /** What `nft --version` prints; left out where nft is missing. */
  readonly nftVersion?: string
  readonly cniBinDirectory?: string
  readonly hierarchies: readonly Hierarchy[]
  readonly freeBytes: number
  readonly stateRoot: string
  /** CAP_SYS_RESOURCE. */
  readonly mayLowerOomScore: boolean
  readonly overlay: boolean
}

/** Tool to Debian package: `apt-get install` is what most people can type; others know their package of the same name. */
const toolPackages: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  nft: 'nftables',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
}

const cniBinDirectories = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni']
const cniPlugins = ['ptp', 'host-local', 'portmap', 'tuning', 'loopback']

/** What kube-proxy's nftables rules need. */
const kernelMin = [5, 13] as const
const nftMin = [1, 0, 1] as const
/** A node with a few images takes about half a gigabyte. */
const freeBytesMin = 512 * 1024 * 1024
/** A Unix socket's path has 107 bytes at most; below the state directory come name, node and socket. */
const stateRootBytesMax = 40

const versionNumbers = (text: string): number[] => (/\d+(\.\d+)+/.exec(text)?.[0] ?? '').split('.').map(Number)

function isOlder(version: readonly number[], min: readonly number[]): boolean {
  const difference = min.map((part, index) => (version[index] ?? 0) - part).find((part) => part !== 0)
  return difference !== undefined && difference < 0
}

/** Why nodes cannot run on such a machine; empty when they can. */
export function problemsOf(facts: MachineFacts): Problem[] {
  if (facts.platform !== 'linux')
    return [{ id: 'platform', message: `nodes need Linux, and this is ${facts.platform}`, remedy: 'add --nodes 0 to run the control plane alone' }]
  if (facts.uid !== 0)
    return [
      { id: 'root', message: 'nodes need root, to make namespaces and mounts', remedy: 'run it with sudo, or add --nodes 0 to run the control plane alone' },
    ]
  const problems: Problem[] = []
  if (isOlder(versionNumbers(facts.kernelRelease), kernelMin))
    problems.push({
      id: 'kernel',
      message: `Linux ${facts.kernelRelease} is too old for kube-proxy's nftables rules`,
      remedy: `boot Linux ${kernelMin.join('.')} or newer`,
    })
  if (facts.missingTools.length > 0) {
    const packages = [...new Set(facts.missingTools.map((tool) => toolPackages[tool] ?? tool))].join(' ')
    problems.push({
      id: 'tool',
      message: `not found on PATH: ${facts.missingTools.join(', ')}`,
      remedy: `install them (Debian, Ubuntu: apt-get install ${packages})`,
    })
  }
  if (facts.nftVersion !== undefined && isOlder(versionNumbers(facts.nftVersion), nftMin))
    problems.push({ id: 'nft', message: `${facts.nftVersion} is too old`, remedy: `install nftables ${nftMin.join('.')} or newer` })
  if (facts.cniBinDirectory === undefined)
    problems.push({
      id: 'cni',
      message: `the CNI plugins ${cniPlugins.join(', ')} were not found in ${cniBinDirectories.join(', ')}`,
      remedy: 'install them (Debian, Ubuntu: apt-get install containernetworking-plugins)',
    })
  if (facts.hierarchies.length === 0)
    problems.push({ id: 'cgroups', message: 'no cgroup hierarchy is mounted', remedy: 'mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup' })
  if (facts.freeBytes < freeBytesMin)
    problems.push({
      id: 'disk',
      message: `only ${Math.floor(facts.freeBytes / 1024 / 1024)} MB are free for ${facts.stateRoot}`,
      remedy: `free ${freeBytesMin / 1024 / 1024} MB, or set COX_STATE_DIR to a folder on a larger disk`,
    })
  if (Buffer.byteLength(facts.stateRoot) > stateRootBytesMax)
    problems.push({
      id: 'path',
      message: `${facts.stateRoot} is too long a path for the sockets below it`,
      remedy: `set COX_STATE_DIR to a path of at most ${stateRootBytesMax} characters`,
    })
  return problems
}

function onPath(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Bit of CAP_SYS_RESOURCE in `CapEff`. */
const capSysResource = 24n

function hasSysResource(status: string): boolean {
  return ((BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`) >> capSysResource) & 1n) === 1n
}

/** The nearest folder that exists: where something below it would be made. */
function existing(path: string): string {
  return existsSync(path) ? path : existing(dirname(path))
}

export async function readMachineFacts(stateRoot: string): Promise<MachineFacts> {
  const missingTools = Object.keys(toolPackages).filter((tool) => !onPath(tool))
  const linux = process.platform === 'linux'
  const disk = statfsSync(existing(stateRoot))
  const cniBinDirectory = cniBinDirectories.find((folder) => cniPlugins.every((plugin) => existsSync(join(folder, plugin))))
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    kernelRelease: release(),
    missingTools,
    hierarchies: linux ? readHierarchies() : [],
    freeBytes: disk.bavail * disk.bsize,
    stateRoot,
    mayLowerOomScore: linux && hasSysResource(readFileSync('/proc/self/status', 'utf8')),
    overlay: linux && readFileSync('/proc/filesystems', 'utf8').includes('\toverlay\n'),
    ...(cniBinDirectory ? { cniBinDirectory } : {}),
    ...(missingTools.includes('nft') ? {} : { nftVersion: (await runCommand(['nft', '--version'])).stdout.trim() }),
  }
}

/** Why this machine cannot run nodes; empty when it can. */
export const checkMachine = async (stateRoot: string): Promise<Problem[]> => problemsOf(await readMachineFacts(stateRoot))
