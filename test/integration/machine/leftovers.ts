// What a machine holds that a cluster could leave behind.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'

const lines = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')

function cgroups(): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  const points = mounts.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(' ')[4]!)
  return points.flatMap((point) => globSync('{coxswain,kubepods,k8s.io}/**/', { cwd: point }).map((path) => `${point}/${path}`))
}

/** Zombies wait for the machine's process 1 and hold nothing. */
function processes(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      const name = /^Name:\s+(.*)$/m.exec(status)![1]!
      const zombie = /^State:\s+Z/m.test(status)
      return !zombie && /^(containerd|containerd-shim|init|pause|runc|unshare|nsenter|busybox|sleep)/.test(name) ? [`${pid} ${name}`] : []
    } catch {
      return []
    }
  })
}

const folders = ['/var/lib/kubelet', '/var/lib/containerd', '/var/lib/cni', '/run/containerd', '/run/netns', '/etc/cni', '/var/log/pods', '/var/log/containers']

/** Names of everything that matters; two snapshots are compared as they are. */
export function snapshot() {
  return {
    links: lines('ip', '-brief', 'link').map((line) => line.split(/\s+/)[0]),
    namespaces: lines('ip', 'netns', 'list'),
    routes: lines('ip', 'route', 'show', 'table', 'main'),
    nftTables: lines('nft', 'list', 'tables'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4])
      .toSorted(),
    cgroups: cgroups(),
    processes: processes(),
    folders: folders.filter((folder) => existsSync(folder)),
  }
}
