// From a record of what a cluster is made of to one that runs. `up` and `start` both do exactly this; what runs already is left as it is.
import { writeFileSync } from 'node:fs'
import { type Machines, prepareMachines } from '../../machine/cluster.ts'
import type { NodeRecord } from '../../machine/cluster-record.ts'
import { nodeLayout } from '../../machine/layout.ts'
import type { Access, CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import type { Steps } from '../io/steps.ts'
import { startAgent } from './agents.ts'
import { type Cluster, stateRoot } from './clusters.ts'
import { connectAsAdmin } from './connection.ts'
import { accessRequest, startServer, waitForServer } from './control-plane.ts'
import { waitForDefaultServiceAccount, waitForNode } from './readiness.ts'

export interface BringUpOptions {
  readonly steps: Steps
  /** 0: do not wait until nodes are ready. */
  readonly waitMs: number
}

/** A control plane that is merely slow gets this long even when nobody waits for nodes: nothing can be done without it. */
const serverTimeoutMs = 60_000

export async function bringUp(cluster: Cluster, context: CliContext, { steps, waitMs }: BringUpOptions): Promise<void> {
  const { layout, record } = cluster
  const deadlineMs = context.clock.monotonic() + waitMs
  const access = await context.issueAccess(
    accessRequest(
      cluster,
      record.nodes.map(({ name }) => name),
    ),
  )
  writeFileSync(layout.adminKubeconfig, access.admin, { mode: 0o600 })
  // The bridge carries the address that the API server listens on, so it comes first.
  const machines = record.nodes.length > 0 ? await prepareMachines(layout, record, context.clock, stateRoot(context.env)) : undefined
  startServer(cluster, context)
  using admin = connectAsAdmin(layout)
  const serverReady = steps.run('Starting the control plane', () =>
    waitForServer(layout, admin.client, context, Math.max(deadlineMs, context.clock.monotonic() + serverTimeoutMs)),
  )
  const nodesReady = record.nodes.map((node) => bringUpNode(node, { cluster, context, steps, machines: machines!, access, serverReady, waitMs, deadlineMs }))
  await settleAll([serverReady, ...nodesReady])
  if (waitMs > 0) await waitForDefaultServiceAccount(admin.client, context, deadlineMs)
}

export interface NodeBringUp extends BringUpOptions {
  readonly cluster: Cluster
  readonly context: CliContext
  readonly machines: Machines
  readonly access: Access
  /** The agent has nobody to talk to before. */
  readonly serverReady: Promise<unknown>
  readonly deadlineMs: number
}

/** Makes one node and, once the server is there, starts its agent and waits for it. */
export async function bringUpNode(
  node: NodeRecord,
  { cluster, context, steps, machines, access, serverReady, waitMs, deadlineMs }: NodeBringUp,
): Promise<void> {
  const log = nodeLayout(cluster.layout, node.name).agentLog
  await steps.run(`Making ${node.name}`, () =>
    machines.start(node).catch((cause: Error) => {
      throw new CliError('nodeStart', `${node.name} could not be made: ${cause.message}`, `see ${nodeLayout(cluster.layout, node.name).containerdLog}`, cause)
    }),
  )
  await serverReady
  const startedAtMs = context.clock.now()
  const reportedSinceMs = startAgent(node, cluster, machines.facts, access, context) ? startedAtMs : 0
  if (waitMs === 0) return
  using admin = connectAsAdmin(cluster.layout)
  await steps.run(`Waiting until ${node.name} is ready`, () => waitForNode({ name: node.name, deadlineMs, log, reportedSinceMs }, admin.client, context))
}

/** Waits for all, so that nothing goes on behind the back of whoever cleans up; then throws the first failure. */
async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
