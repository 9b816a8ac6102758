import { cpSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Ranges } from '../../machine/addresses.ts'
import { removeData, stopMachines } from '../../machine/cluster.ts'
import { type ClusterRecord, writeClusterRecord } from '../../machine/cluster-record.ts'
import type { ClusterLayout } from '../../machine/layout.ts'
import { bringUp } from '../cluster/bring-up.ts'
import { type Cluster, clusterName, layoutOf, lockCluster, readRecord } from '../cluster/clusters.ts'
import { serverUrl } from '../cluster/control-plane.ts'
import { isRunning } from '../cluster/health.ts'
import { nextCommand } from '../cluster/next-command.ts'
import { planCluster } from '../cluster/plan.ts'
import { mergeIntoKubeconfig, removeFromKubeconfigs } from '../cluster/user-kubeconfig.ts'
import type { CliContext } from '../context.ts'
import { seconds, type StepFormat, Steps } from '../io/steps.ts'
import { countOption, durationOption, nameArgument, nameOption, portOption, stepFormat } from './options.ts'

/** As they are typed. */
interface UpFlags {
  readonly name?: string
  readonly nodes: number
  readonly wait: number
  readonly apiPort?: number
  readonly kubeconfig?: string
  readonly switchContext: boolean
  readonly retain: boolean
  readonly podCidr?: string
  readonly serviceCidr?: string
  readonly nodeCidr?: string
  readonly quiet: boolean
  readonly output: string
}

export interface UpOptions {
  readonly name: string | undefined
  readonly nodes: number
  readonly waitMs: number
  readonly apiPort?: number
  readonly kubeconfig?: string
  readonly switchContext: boolean
  readonly retain: boolean
  readonly ranges: Partial<Ranges>
  readonly format: StepFormat
}

export function registerUp(program: Command, context: CliContext): void {
  program
    .command('up')
    .summary('make a cluster and start it')
    .description('Makes a cluster on this machine and waits until it is ready. A cluster that runs already is left as it is.')
    .addArgument(nameArgument())
    .addOption(nameOption())
    .addOption(countOption('--nodes <count>', 'local nodes; 0 for the control plane alone, which needs no root').default(1))
    .addOption(durationOption('--wait <duration>', 'how long to wait until everything is ready; 0 does not wait').default(300_000, '5m'))
    .addOption(portOption('--api-port <port>', 'port of the API server (default: a free one)'))
    .option('--kubeconfig <file>', 'kubeconfig to add the cluster to')
    .option('--no-switch-context', 'leave the current context of the kubeconfig as it is')
    .option('--retain', 'keep what was made when it fails', false)
    .option('--pod-cidr <range>', 'addresses of pods (default: a free range)')
    .option('--service-cidr <range>', 'addresses of Services (default: a free range)')
    .option('--node-cidr <range>', 'addresses of nodes (default: a free range)')
    .option('-q, --quiet', 'say nothing unless it fails', false)
    .option('-o, --output <format>', 'text, or json for one event per line', 'text')
    .addHelpText('after', '\nExamples:\n  cox up\n  cox up dev --nodes 3\n  cox up --nodes 0 --wait 30s')
    .action((argument: string | undefined, flags: UpFlags) =>
      up(
        {
          name: argument ?? flags.name,
          nodes: flags.nodes,
          waitMs: flags.wait,
          switchContext: flags.switchContext,
          retain: flags.retain,
          format: stepFormat(flags),
          ranges: {
            ...(flags.podCidr ? { podCidr: flags.podCidr } : {}),
            ...(flags.serviceCidr ? { serviceCidr: flags.serviceCidr } : {}),
            ...(flags.nodeCidr ? { nodeCidr: flags.nodeCidr } : {}),
          },
          ...(flags.apiPort === undefined ? {} : { apiPort: flags.apiPort }),
          ...(flags.kubeconfig ? { kubeconfig: flags.kubeconfig } : {}),
        },
        context,
      ),
    )
}

export async function up(options: UpOptions, context: CliContext): Promise<void> {
  const steps = new Steps(context.io, context.clock, options.format)
  const name = clusterName(options.name, context.env)
  const layout = layoutOf(name, context)
  const existing = readRecord(layout)
  if (existing && isRunning({ layout, record: existing })) {
    steps.say(`Cluster "${name}" is running. ${next(existing, context)}`)
    return
  }
  // Before the directory exists, so that a refused `up` leaves nothing.
  const record = existing ?? (await planCluster({ ...options, name }, context))
  using _lock = lockCluster(layout)
  steps.say(`${existing ? 'Starting' : 'Creating'} cluster "${name}" with ${nodesText(record.nodes.length)}`)
  const cluster: Cluster = { layout, record }
  try {
    writeClusterRecord(layout, record)
    await bringUp(cluster, context, { steps, waitMs: options.waitMs })
    await finish(cluster, options, context)
  } catch (error) {
    await cleanUp(layout, { retain: options.retain || existing !== undefined, steps }, context)
    throw error
  }
  steps.say(
    `${options.waitMs > 0 ? 'Ready' : 'Started'} after ${seconds(steps.elapsedMs)}: ${nodesText(record.nodes.length)}, API server at ${serverUrl(cluster)}`,
  )
  steps.say(next(record, context))
}

const nodesText = (count: number): string => (count === 0 ? 'no nodes' : count === 1 ? '1 node' : `${count} nodes`)

const next = ({ name, context, nodes }: ClusterRecord, { env }: CliContext): string =>
  nextCommand({ name, context, args: `get ${nodes.length > 0 ? 'nodes' : 'namespaces'}` }, env)

async function finish({ layout, record }: Cluster, { kubeconfig, switchContext }: UpOptions, { env }: CliContext): Promise<void> {
  const explicit = kubeconfig ?? record.kubeconfig
  const path = await mergeIntoKubeconfig(layout, env, { context: record.context, switchContext, ...(explicit ? { explicit } : {}) })
  writeClusterRecord(layout, { ...record, kubeconfig: path })
}

/** Takes back what was made, but never the evidence. */
async function cleanUp(layout: ClusterLayout, { retain, steps }: { retain: boolean; steps: Steps }, { clock, env }: CliContext): Promise<void> {
  if (retain) return steps.say(`Kept in ${layout.directory}; remove it with: cox down ${layout.name}`)
  const logs = existsSync(layout.logs) ? mkdtempSync(join(tmpdir(), `cox-${layout.name}-logs-`)) : undefined
  if (logs) cpSync(layout.logs, logs, { recursive: true })
  await stopMachines(layout, clock, { graceMs: 0 })
  await removeFromKubeconfigs(layout, env)
  removeData(layout)
  steps.say(`What was made is removed again.${logs ? ` Its logs are in ${logs}` : ''}`)
}
