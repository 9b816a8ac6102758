import type { Command } from 'commander'
import { nodesMax } from '../../machine/addresses.ts'
import { checkMachine } from '../../machine/check.ts'
import { prepareMachines } from '../../machine/cluster.ts'
import { type NodeRecord, writeClusterRecord } from '../../machine/cluster-record.ts'
import { bringUpNode } from '../cluster/bring-up.ts'
import { type Cluster, lockCluster, openCluster, readRecord, stateRoot } from '../cluster/clusters.ts'
import { accessRequest, findServer } from '../cluster/control-plane.ts'
import { refuseProblems } from '../cluster/plan.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { type StepFormat, Steps } from '../io/steps.ts'
import { durationOption, nameOption, stepFormat } from './options.ts'

export interface NodeAddOptions {
  readonly name: string | undefined
  /** The node's name; the next `node-N` when left out. */
  readonly node?: string
  readonly waitMs: number
  readonly format: StepFormat
}

export function registerNodeAdd(nodes: Command, context: CliContext): void {
  nodes
    .command('add')
    .summary('add a node to a running cluster')
    .argument('[node]', 'its name (default: the next node-N)')
    .addOption(nameOption())
    .addOption(durationOption('--wait <duration>', 'how long to wait until it is ready; 0 does not wait').default(300_000, '5m'))
    .option('-q, --quiet', 'say nothing unless it fails', false)
    .option('-o, --output <format>', 'text, or json for one event per line', 'text')
    .action((node: string | undefined, flags: { name?: string; wait: number; quiet: boolean; output: string }) =>
      nodeAdd({ name: flags.name, waitMs: flags.wait, format: stepFormat(flags), ...(node ? { node } : {}) }, context),
    )
}

/** Numbers decide addresses: the smallest free one is taken, so that a range never runs out by adding and removing. */
export function nextNode(existing: readonly NodeRecord[], name?: string): NodeRecord {
  const taken = new Set(existing.map(({ number }) => number))
  let number = 1
  while (taken.has(number)) number++
  return { name: name ?? `node-${number}`, number }
}

export async function nodeAdd({ name, node: nodeName, waitMs, format }: NodeAddOptions, context: CliContext): Promise<void> {
  const { layout } = openCluster(name, context)
  using _lock = lockCluster(layout)
  const record = readRecord(layout)!
  const node = nextNode(record.nodes, nodeName)
  refuseNode(node, { layout, record })
  refuseProblems(await checkMachine(stateRoot(context.env)))
  const cluster: Cluster = { layout, record: { ...record, nodes: [...record.nodes, node] } }
  const steps = new Steps(context.io, context.clock, format)
  const access = await context.issueAccess(accessRequest(cluster, [node.name]))
  writeClusterRecord(layout, cluster.record)
  const machines = await prepareMachines(layout, record, context.clock, stateRoot(context.env))
  const deadlineMs = context.clock.monotonic() + waitMs
  await bringUpNode(node, { cluster, context, steps, machines, access, serverReady: Promise.resolve(), waitMs, deadlineMs })
}

function refuseNode(node: NodeRecord, { layout, record }: Cluster): void {
  if (record.nodes.some(({ name }) => name === node.name)) throw new CliError('usage', `node "${node.name}" exists`, 'choose another name')
  if (!/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/.test(node.name))
    throw new CliError('usage', `"${node.name}" cannot name a node`, 'use at most 32 lower-case letters, digits and hyphens')
  if (record.nodes.length === 0)
    throw new CliError(
      'usage',
      `cluster "${record.name}" was made without nodes: its API server is reachable from this machine only`,
      'make one with: cox up --nodes 1',
    )
  if (node.number > nodesMax(record.ranges.nodeCidr))
    throw new CliError('range', `${record.ranges.nodeCidr} has no address left`, 'make a cluster with a larger range: cox up --node-cidr')
  if (!findServer(layout)) throw new CliError('clusterStopped', `cluster "${record.name}" does not run`, `start it with: cox start ${record.name}`)
}
