// What clusters leave behind on a machine: nothing, if all is well. Only the clusters of one state directory are looked at, as others may
// run on the machine at the same time.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { hierarchiesIn } from '../../../src/machine/cgroups.ts'
import { clusterLayout, nodeLayout } from '../../../src/machine/layout.ts'

/** Names that tests give to clusters. */
const clusterNames = ['coxswain', 'one', 'two', 'trial']
const binds = nodeLayout(clusterLayout('/', 'x'), 'x').binds.map(({ to }) => to)

const lines = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')

interface Process {
  readonly pid: string
  readonly name: string
  readonly cgroup: string
  readonly cluster: string | undefined
}

/** Also containers, and processes that are dying. Zombies wait for the machine's process 1 and hold nothing. */
function processes(): Process[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8')
      const status = read('status')
      if (/^State:\s+[ZX]/m.test(status)) return []
      const cluster = /(?:^|\0)COXSWAIN_CLUSTER_DIRECTORY=([^\0]*)/.exec(read('environ'))?.[1]
      return [{ pid, name: /^Name:\s+(.*)$/m.exec(status)![1]!, cgroup: read('cgroup'), cluster }]
    } catch {
      return []
    }
  })
}

/** @param stateRoot where the clusters were; they may be gone */
export function leftovers(stateRoot: string) {
  const ids = clusterNames.map((name) => clusterLayout(stateRoot, name).id)
  const ofOurs = (text: string) => ids.some((id) => text.includes(id))
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')
  const running = processes()
  const ours = running.filter(({ cluster, cgroup }) => cluster?.startsWith(stateRoot) || ofOurs(cgroup))
  const othersRun = running.some(({ cluster }) => cluster !== undefined && !cluster.startsWith(stateRoot))
  return {
    links: lines('ip', '-brief', 'link').filter((line) => line.startsWith('cox')),
    routes: lines('ip', 'route', 'show', 'proto', '122'),
    nftTables: lines('nft', 'list', 'tables').filter(ofOurs),
    mounts: mountinfo.split('\n').filter((line) => line.includes(stateRoot)),
    cgroups: hierarchiesIn(mountinfo).flatMap(({ mountPoint }) => globSync('coxswain/*/', { cwd: mountPoint }).filter(ofOurs)),
    processes: ours.map(({ pid, name }) => `${pid} ${name}`),
    folders: othersRun ? [] : binds.filter((path) => existsSync(`${path}/.made-by-coxswain`)),
  }
}

export const nothing: ReturnType<typeof leftovers> = { links: [], routes: [], nftTables: [], mounts: [], cgroups: [], processes: [], folders: [] }
