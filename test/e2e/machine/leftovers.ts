// What clusters leave behind on a machine: nothing, if all is well. Only what is Coxswain's is looked at, as other tests use the machine too.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { hierarchiesIn } from '../../../src/machine/cgroups.ts'
import { clusterLayout, nodeLayout } from '../../../src/machine/layout.ts'

const lines = (command: string, ...args: string[]) =>
  execFileSync(command, args, { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '')

/** Also containers, and processes that are dying. Zombies wait for the machine's process 1 and hold nothing. */
function processes(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      const [status, cgroup, environ] = ['status', 'cgroup', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8'))
      const ours = /:\/coxswain\//.test(cgroup!) || environ!.includes('COXSWAIN_CLUSTER_DIRECTORY=')
      return ours && !/^State:\s+[ZX]/m.test(status!) ? [`${pid} ${/^Name:\s+(.*)$/m.exec(status!)![1]}`] : []
    } catch {
      return []
    }
  })
}

const binds = nodeLayout(clusterLayout('/', 'x'), 'x').binds.map(({ to }) => to)

export function leftovers() {
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')
  const mountPoints = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '')
  return {
    links: lines('ip', '-brief', 'link').filter((line) => line.startsWith('cox')),
    routes: lines('ip', 'route', 'show', 'proto', '122'),
    nftTables: lines('nft', 'list', 'tables').filter((line) => line.includes('coxswain')),
    mounts: mountPoints.filter((path) => binds.includes(path) || path.includes('/nodes/')),
    cgroups: hierarchiesIn(mountinfo).flatMap(({ mountPoint }) => globSync('coxswain/**/', { cwd: mountPoint })),
    processes: processes(),
    folders: binds.filter((path) => existsSync(`${path}/.made-by-coxswain`)),
  }
}

export const nothing: ReturnType<typeof leftovers> = { links: [], routes: [], nftTables: [], mounts: [], cgroups: [], processes: [], folders: [] }
