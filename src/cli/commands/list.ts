import type { Command } from 'commander'
import { findProcesses } from '../../machine/processes.ts'
import { clusterNames, openCluster } from '../cluster/clusters.ts'
import { serverUrl } from '../cluster/control-plane.ts'
import { isRunning } from '../cluster/health.ts'
import type { CliContext } from '../context.ts'
import { table } from '../io/io.ts'
import { outputFormat } from './options.ts'

export interface ListOptions {
  readonly format: 'text' | 'json' | 'name'
  readonly headers: boolean
}

export function registerList(program: Command, context: CliContext): void {
  program
    .command('list')
    .alias('ls')
    .summary('all clusters on this machine')
    .option('-o, --output <format>', 'text, json or name', 'text')
    .option('--no-headers', 'leave out the line of column names')
    .action((flags: { output: string; headers: boolean }) =>
      list({ format: outputFormat(flags.output, ['text', 'json', 'name']), headers: flags.headers }, context),
    )
}

export function list({ format, headers }: ListOptions, context: CliContext): void {
  const clusters = clusterNames(context).map((name) => {
    const cluster = openCluster(name, context)
    const { nodes, createdAt } = cluster.record
    const state = isRunning(cluster) ? 'running' : findProcesses(cluster.layout.directory).length > 0 ? 'degraded' : 'stopped'
    return { name, state, nodes: nodes.length, server: serverUrl(cluster), createdAt }
  })
  const { out } = context.io
  if (format === 'json') return void out.write(`${JSON.stringify(clusters, null, 2)}\n`)
  if (format === 'name') return void out.write(clusters.map(({ name }) => `${name}\n`).join(''))
  const rows = clusters.map(({ name, state, nodes, server, createdAt }) => [name, state, String(nodes), server, createdAt])
  out.write(table([...(headers ? [['NAME', 'STATE', 'NODES', 'SERVER', 'CREATED']] : []), ...rows]))
}
