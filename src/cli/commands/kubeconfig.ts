import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { writeClusterRecord } from '../../machine/cluster-record.ts'
import { openCluster } from '../cluster/clusters.ts'
import { mergeIntoKubeconfig } from '../cluster/user-kubeconfig.ts'
import type { CliContext } from '../context.ts'
import { nameArgument, nameOption } from './options.ts'

export interface KubeconfigOptions {
  readonly name: string | undefined
  readonly merge: boolean
  readonly kubeconfig?: string
}

export function registerKubeconfig(program: Command, context: CliContext): void {
  program
    .command('kubeconfig')
    .summary("print a cluster's kubeconfig, or add it to yours")
    .addArgument(nameArgument())
    .addOption(nameOption())
    .option('--merge', 'add it to your kubeconfig and switch to it', false)
    .option('--kubeconfig <file>', 'with --merge: the file to add it to')
    .action((argument: string | undefined, flags: { name?: string; merge: boolean; kubeconfig?: string }) =>
      kubeconfig({ name: argument ?? flags.name, merge: flags.merge, ...(flags.kubeconfig ? { kubeconfig: flags.kubeconfig } : {}) }, context),
    )
}

export async function kubeconfig({ name, merge, kubeconfig: explicit }: KubeconfigOptions, { io, env }: CliContext): Promise<void> {
  const { layout, record } = openCluster(name, { env })
  if (!merge) return void io.out.write(readFileSync(layout.adminKubeconfig, 'utf8'))
  const path = await mergeIntoKubeconfig(layout, env, { context: record.context, switchContext: true, ...(explicit ? { explicit } : {}) })
  writeClusterRecord(layout, { ...record, kubeconfig: path })
  io.err.write(`Switched to context "${record.context}" in ${path}\n`)
}
