import type { Command } from 'commander'
import { stopMachines } from '../../machine/cluster.ts'
import { lockCluster, openCluster } from '../cluster/clusters.ts'
import type { CliContext } from '../context.ts'
import { type StepFormat, Steps } from '../io/steps.ts'
import { nameArgument, nameOption, stepFormat } from './options.ts'

export interface StopOptions {
  readonly name: string | undefined
  readonly format: StepFormat
}

export function registerStop(program: Command, context: CliContext): void {
  program
    .command('stop')
    .summary('stop a cluster, keeping its data')
    .addArgument(nameArgument())
    .addOption(nameOption())
    .option('-q, --quiet', 'say nothing unless it fails', false)
    .option('-o, --output <format>', 'text, or json for one event per line', 'text')
    .action((argument: string | undefined, flags: { name?: string; quiet: boolean; output: string }) =>
      stop({ name: argument ?? flags.name, format: stepFormat(flags) }, context),
    )
}

/** Long enough to finish requests under way and to release leases. */
const graceMs = 5_000

export async function stop({ name, format }: StopOptions, context: CliContext): Promise<void> {
  const { layout } = openCluster(name, context)
  const steps = new Steps(context.io, context.clock, format)
  using _lock = lockCluster(layout)
  await steps.run(`Stopping cluster "${layout.name}"`, () => stopMachines(layout, context.clock, { graceMs }))
  steps.say(`Next: cox start ${layout.name}`)
}
