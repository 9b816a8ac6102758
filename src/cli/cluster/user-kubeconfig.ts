// The person's own kubeconfig: the entry of a cluster goes in with `up` and out with `down`.
import { homedir, userInfo } from 'node:os'
import { existsSync, readFileSync } from 'node:fs'
import { changeKubeconfig, type KubeconfigLocation, KubeconfigError, readKubeconfig, writablePath } from '../../client/kubeconfig/files.ts'
import { withEntry, withoutEntry } from '../../client/kubeconfig/merge.ts'
import type { ClusterLayout } from '../../machine/layout.ts'
import { Journal } from '../../machine/journal.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { readAdminKubeconfig } from './connection.ts'

/** Skaffold and Tilt tell clusters apart by the name of their context; this prefix is nobody else's. */
export const contextName = (clusterName: string): string => `cox-${clusterName}`

/** Under sudo, the kubeconfig is that of the person who typed it. */
function homeOf(env: CliContext['env'], passwd = '/etc/passwd'): string {
  const user = env['SUDO_USER']
  if (!user || process.getuid?.() !== 0 || !existsSync(passwd)) return env['HOME'] || userInfo().homedir || homedir()
  const entry = readFileSync(passwd, 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${user}:`))
  return entry?.split(':')[5] || homedir()
}

export const locationOf = (env: CliContext['env'], explicit?: string): KubeconfigLocation => ({ env, home: homeOf(env), ...(explicit ? { explicit } : {}) })

async function withClearErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof KubeconfigError) throw new CliError('kubeconfig', error.message, 'repair the file, or choose another with --kubeconfig', error)
    throw error
  }
}

export interface MergeOptions {
  readonly explicit?: string
  readonly context: string
  readonly switchContext: boolean
}

/** Adds the cluster to the person's kubeconfig. @returns the file */
export function mergeIntoKubeconfig(layout: ClusterLayout, env: CliContext['env'], { explicit, context, switchContext }: MergeOptions): Promise<string> {
  return withClearErrors(async () => {
    const location = locationOf(env, explicit)
    const admin = readAdminKubeconfig(layout)
    new Journal(layout.journal).record({ kind: 'kubeconfig', path: await writablePath(location), context })
    const entry = { name: context, cluster: admin.clusters[0]!.cluster, user: admin.users[0]!.user }
    return (await changeKubeconfig(location, (config) => withEntry(config, entry, { makeCurrent: switchContext }))).path
  })
}

/** Takes the cluster's entries out of every kubeconfig they were put into. */
export async function removeFromKubeconfigs(layout: ClusterLayout, env: CliContext['env']): Promise<void> {
  for (const resource of new Journal(layout.journal).read()) {
    if (resource.kind !== 'kubeconfig' || !existsSync(resource.path)) continue
    await withClearErrors(() => changeKubeconfig({ env, explicit: resource.path }, (config) => withoutEntry(config, resource.context)))
  }
}

/** Whether the kubeconfig that `up` wrote still leads to this server. */
export async function isKubeconfigCurrent(path: string | undefined, context: string, server: string): Promise<boolean> {
  if (!path) return false
  const config = await withClearErrors(() => readKubeconfig(path))
  return config?.clusters.find(({ name }) => name === context)?.cluster.server === server
}
