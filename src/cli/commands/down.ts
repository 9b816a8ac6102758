import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { removeData, stopMachines } from '../../machine/cluster.ts'
import { clusterNames, clusterName, layoutOf, lockCluster } from '../cluster/clusters.ts'
import { removeFromKubeconfigs } from '../cluster/user-kubeconfig.ts'
import type { CliContext } from '../context.ts'
import { type StepFormat, Steps } from '../io/steps.ts'
import { nameArgument, nameOption, stepFormat } from './options.ts'

export interface DownOptions {
  readonly name: string | undefined
  readonly all: boolean
  readonly format: StepFormat
}

export function registerDown(program: Command, context: CliContext): void {
  program
    .command('down')
    .summary('remove a cluster with all its data')
    .description('Ends everything that belongs to the cluster and removes its data and its kubeconfig entry. Removing one that is not there succeeds.')
    .addArgument(nameArgument())
    .addOption(nameOption())
    .option('-a, --all', 'remove every cluster', false)
    .option('-q, --quiet', 'say nothing unless it fails', false)
    .option('-o, --output <format>', 'text, or json for one event per line', 'text')
    .action((argument: string | undefined, flags: { name?: string; all: boolean; quiet: boolean; output: string }) =>
      down({ name: argument ?? flags.name, all: flags.all, format: stepFormat(flags) }, context),
    )
}

/** Needs neither a readable record nor running processes: it works from the journal and from what the kernel shows. */
export async function down({ name, all, format }: DownOptions, context: CliContext): Promise<void> {
  const steps = new Steps(context.io, context.clock, format)
  const names = all ? clusterNames(context) : [clusterName(name, context.env)]
  for (const each of names) {
    const layout = layoutOf(each, context)
    if (!existsSync(layout.directory)) {
      steps.say(`There is no cluster "${each}"; nothing to remove`)
      continue
    }
    await steps.run(`Removing cluster "${each}"`, async () => {
      using _lock = lockCluster(layout)
      await stopMachines(layout, context.clock, { graceMs: 0 })
      await removeFromKubeconfigs(layout, context.env)
      removeData(layout)
    })
  }
}
