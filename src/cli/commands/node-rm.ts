import type { Command } from 'commander'
import { nodes } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { removeNode } from '../../machine/cluster.ts'
import { writeClusterRecord } from '../../machine/cluster-record.ts'
import { type Cluster, lockCluster, openCluster, readRecord } from '../cluster/clusters.ts'
import { connectAsAdmin } from '../cluster/connection.ts'
import { findServer } from '../cluster/control-plane.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { didYouMean } from '../io/suggestion.ts'
import { type StepFormat, Steps } from '../io/steps.ts'
import { nameOption, stepFormat } from './options.ts'

export interface NodeRmOptions {
  readonly name: string | undefined
  readonly node: string
  readonly format: StepFormat
}

export function registerNodeRm(group: Command, context: CliContext): void {
  group
    .command('rm')
    .summary('remove a node, with all that runs on it')
    .argument('<node>')
    .addOption(nameOption())
    .option('-q, --quiet', 'say nothing unless it fails', false)
    .option('-o, --output <format>', 'text, or json for one event per line', 'text')
    .action((node: string, flags: { name?: string; quiet: boolean; output: string }) => nodeRm({ name: flags.name, node, format: stepFormat(flags) }, context))
}

export async function nodeRm({ name, node, format }: NodeRmOptions, context: CliContext): Promise<void> {
  const { layout } = openCluster(name, context)
  using _lock = lockCluster(layout)
  const record = readRecord(layout)!
  const names = record.nodes.map((each) => each.name)
  if (!names.includes(node))
    throw new CliError('nodeUnknown', `there is no node "${node}"${didYouMean(node, names)}`, `these exist: ${names.join(', ') || 'none'}`)
  await new Steps(context.io, context.clock, format).run(`Removing ${node}`, async () => {
    await removeNode(layout, node, context.clock)
    await deleteNodeObject({ layout, record }, node)
    writeClusterRecord(layout, { ...record, nodes: record.nodes.filter((each) => each.name !== node) })
  })
}

/** Its pods are then replaced elsewhere at once, instead of after the time a silent node is given. */
async function deleteNodeObject({ layout }: Cluster, node: string): Promise<void> {
  if (!findServer(layout)) return
  using admin = connectAsAdmin(layout)
  try {
    await admin.client.delete(nodes, { name: node })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
