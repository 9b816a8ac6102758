import type { Command } from 'commander'
import { checkMachine } from '../../machine/check.ts'
import { bringUp } from '../cluster/bring-up.ts'
import { lockCluster, openCluster, stateRoot } from '../cluster/clusters.ts'
import { nextCommand } from '../cluster/next-command.ts'
import { refuseProblems } from '../cluster/plan.ts'
import { mergeIntoKubeconfig } from '../cluster/user-kubeconfig.ts'
import type { CliContext } from '../context.ts'
import { seconds, type StepFormat, Steps } from '../io/steps.ts'
import { durationOption, nameArgument, nameOption, stepFormat } from './options.ts'

export interface StartOptions {
  readonly name: string | undefined
  readonly waitMs: number
  readonly format: StepFormat
}

export function registerStart(program: Command, context: CliContext): void {
  program
    .command('start')
    .summary('start a stopped cluster, or what is missing of a running one')
    .addArgument(nameArgument())
    .addOption(nameOption())
    .addOption(durationOption('--wait <duration>', 'how long to wait until everything is ready; 0 does not wait').default(300_000, '5m'))
    .option('-q, --quiet', 'say nothing unless it fails', false)
    .option('-o, --output <format>', 'text, or json for one event per line', 'text')
    .action((argument: string | undefined, flags: { name?: string; wait: number; quiet: boolean; output: string }) =>
      start({ name: argument ?? flags.name, waitMs: flags.wait, format: stepFormat(flags) }, context),
    )
}

export async function start({ name, waitMs, format }: StartOptions, context: CliContext): Promise<void> {
  const cluster = openCluster(name, context)
  const { layout, record } = cluster
  const steps = new Steps(context.io, context.clock, format)
  if (record.nodes.length > 0) refuseProblems(await checkMachine(stateRoot(context.env)))
  using _lock = lockCluster(layout)
  await bringUp(cluster, context, { steps, waitMs })
  // Other commands may have changed the file meanwhile; whoever switched to another context stays there.
  await mergeIntoKubeconfig(layout, context.env, {
    context: record.context,
    switchContext: false,
    ...(record.kubeconfig ? { explicit: record.kubeconfig } : {}),
  })
  const next = nextCommand({ name: record.name, context: record.context, args: 'get pods -A' }, context.env)
  steps.say(`${waitMs > 0 ? 'Ready' : 'Started'} after ${seconds(steps.elapsedMs)}. ${next}`)
}
