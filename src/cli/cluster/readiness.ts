// Waiting for what people expect of a cluster that is up: every node ready, and the service account that pods run as.
import type { Node, NodeCondition } from '../../api/core/v1.ts'
import { nodes, serviceAccounts } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import { newInformerFactory } from '../../client/informers/factory.ts'
import type { CliContext } from '../context.ts'
import { CliError, refuseInterrupted } from '../errors.ts'

export const readyCondition = (node: Node | undefined): NodeCondition | undefined => node?.status?.conditions?.find(({ type }) => type === 'Ready')

/** Why a node is not ready, in a few words. */
export function whyNotReady(node: Node | undefined): string {
  if (!node) return 'its agent has not registered it'
  const ready = readyCondition(node)
  return ready?.message || 'its agent has not reported on it'
}

export interface NodeWait {
  readonly name: string
  /** Monotonic. */
  readonly deadlineMs: number
  /** Where its agent logs. */
  readonly log: string
  /** Epoch; what the node said of itself before does not count: its agent was started since. */
  readonly reportedSinceMs?: number
}

/** A heartbeat has whole seconds. */
const heartbeatMs = 1_000

export function isReadySince(node: Node, sinceMs: number): boolean {
  const ready = readyCondition(node)
  return ready?.status === 'True' && (sinceMs === 0 || Date.parse(ready.lastHeartbeatTime ?? '') >= sinceMs - (sinceMs % heartbeatMs))
}

/**
 * Watches until the node is ready.
 * @throws {CliError} with the node's own reason at the deadline
 */
export async function waitForNode(
  { name, deadlineMs, log, reportedSinceMs = 0 }: NodeWait,
  client: Client,
  { clock, signal }: Pick<CliContext, 'clock' | 'signal'>,
): Promise<void> {
  const stop = new AbortController()
  const informers = newInformerFactory({ client, clock })
  const informer = informers.for(nodes, { fieldSelector: `metadata.name=${name}` })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const look = (node: Node) => {
    if (isReadySince(node, reportedSinceMs)) resolve(true)
  }
  informer.addHandler({ add: look, update: (_, node) => look(node) })
  const giveUp = () => resolve(false)
  const timer = clock.after(deadlineMs - clock.monotonic(), giveUp)
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  // An idle timer does not keep the process alive; the watch does.
  const running = informers.run(stop.signal)
  const ready = await promise
  timer.cancel()
  signal.removeEventListener('abort', giveUp)
  stop.abort()
  await running
  refuseInterrupted(signal)
  if (!ready) throw new CliError('nodeTimeout', `${name} is not ready yet: ${whyNotReady(informer.lister.get(name))}`, `see ${log}, or wait longer with --wait`)
}

const pollMs = 50

/** Pods of the default namespace are refused until its service account exists. */
export async function waitForDefaultServiceAccount(client: Client, { clock, signal }: Pick<CliContext, 'clock' | 'signal'>, deadlineMs: number): Promise<void> {
  for (;;) {
    try {
      await client.get(serviceAccounts, { namespace: 'default', name: 'default' })
      return
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    refuseInterrupted(signal)
    if (clock.monotonic() >= deadlineMs)
      throw new CliError('controlPlaneTimeout', 'the service account "default" does not exist yet', 'see what the controllers say: cox logs')
    await clock.sleep(pollMs)
  }
}
