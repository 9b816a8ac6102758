import type { Command } from 'commander'
import { openCluster } from '../cluster/clusters.ts'
import { readHealth, statusBits } from '../cluster/health.ts'
import type { CliContext } from '../context.ts'
import { table } from '../io/io.ts'
import { nameArgument, nameOption, outputFormat } from './options.ts'

export interface StatusOptions {
  readonly name: string | undefined
  readonly format: 'text' | 'json'
}

export function registerStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .summary('how a cluster is doing, and why not well')
    .description('Exit status 0 when all is well, else the sum of 1 (a machine or process is down), 2 (something is not ready), 4 (kubeconfig has no entry).')
    .addArgument(nameArgument())
    .addOption(nameOption())
    .option('-o, --output <format>', 'text or json', 'text')
    .action((argument: string | undefined, flags: { name?: string; output: string }) =>
      status({ name: argument ?? flags.name, format: outputFormat(flags.output, ['text', 'json']) }, context),
    )
}

export async function status({ name, format }: StatusOptions, context: CliContext): Promise<void> {
  const health = await readHealth(openCluster(name, context))
  if (format === 'json') context.io.out.write(`${JSON.stringify(health, null, 2)}\n`)
  else {
    const rows = [health.controlPlane, ...health.nodes, health.kubeconfig].map((each) => [each.name, each.state, each.detail])
    context.io.out.write(`Cluster "${health.name}" is ${health.state}\n\n${table([['COMPONENT', 'STATE', 'DETAIL'], ...rows])}`)
  }
  context.setExitCode(statusBits(health))
}
