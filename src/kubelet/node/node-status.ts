// Registers the node and keeps its status true: on every change that matters, and every five minutes.

import { isDeepStrictEqual } from 'node:util'
import type { Node, NodeStatus, Taint } from '../../api/core/v1.ts'
import { nodes } from '../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Clock } from '../../util/clock.ts'
import {
  addressesOf,
  allocatableOf,
  capacityOf,
  conditionsOf,
  type Health,
  imagesOf,
  mergedAmounts,
  type NodeFacts,
  declaredFeatures,
  nodeInfoOf,
  nodeLabels,
} from './node-object.ts'

export interface NodeStatusOptions {
  readonly client: Pick<Client, 'get' | 'create' | 'patch'>
  readonly runtime: Pick<RuntimeClient, 'listImages'>
  readonly clock: Clock
  readonly logger: Logger
  readonly recorder: EventRecorder
  readonly facts: NodeFacts
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly providerId: string
  readonly health: () => Promise<Health>
}

/** Upstream's nodeStatusUpdateFrequency and nodeStatusReportFrequency. */
const checkMs = 10_000
const reportMs = 300_000
/** While the node is not ready: a new one becomes ready as soon as its network does (upstream's fast status update). */
const notReadyCheckMs = 500
const retryMsMax = 7_000

export class NodeStatusReporter {
  readonly #options: NodeStatusOptions
  #reportedAtMs = 0
  #ready = false
  #wake: (() => void) | undefined

  constructor(options: NodeStatusOptions) {
    this.#options = options
  }

  /** Health may have changed: looks at once. */
  check(): void {
    this.#wake?.()
  }

  /** Creates the Node object, or brings an existing one's labels up to date. Retries until it has succeeded. */
  async register(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options
    for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, retryMsMax)) {
      try {
        await this.#register(signal)
        return
      } catch (error) {
        signal.throwIfAborted()
        logger.error('Could not register the node', error)
        await clock.sleep(delayMs, signal)
      }
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options
    while (!signal.aborted) {
      await this.#report(signal).catch((error: unknown) => {
        if (!signal.aborted) logger.error('Could not update node status', error)
      })
      const woken = Promise.withResolvers<void>()
      this.#wake = woken.resolve
      await Promise.race([clock.sleep(this.#ready ? checkMs : notReadyCheckMs, signal).catch(() => {}), woken.promise])
    }
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { client, facts, labels, taints, providerId, recorder, logger } = this.#options
    const { nodeName } = facts
    const wanted = { ...nodeLabels(facts), ...labels }
    const status = await this.#status(undefined)
    const annotations = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' }
    const spec = { ...(taints.length > 0 ? { taints } : {}), ...(providerId ? { providerID: providerId } : {}) }
    try {
      await client.create<Node>(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels: wanted, annotations }, spec, status }, { signal })
      logger.info('Successfully registered node', { node: nodeName })
      recorder.event({ kind: 'Node', name: nodeName, uid: nodeName }, 'Normal', 'Starting', 'Starting kubelet.')
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      const existing = await client.get(nodes, { name: nodeName })
      const changed = Object.entries(wanted).filter(([key, value]) => existing.metadata.labels?.[key] !== value)
      if (changed.length > 0)
        await client.patch(nodes, { name: nodeName }, { type: 'strategic', patch: { metadata: { labels: Object.fromEntries(changed) } } }, { signal })
      this.#reportedAtMs = 0
    }
  }

  async #report(signal: AbortSignal): Promise<void> {
    const { client, clock, facts } = this.#options
    const node = await client.get(nodes, { name: facts.nodeName }, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    // Somebody deleted it: a node that runs registers itself again.
    if (!node) return this.register(signal)
    const status = await this.#status(node.status)
    const due = clock.monotonic() - this.#reportedAtMs >= reportMs
    if (!due && this.#reportedAtMs > 0 && isDeepStrictEqual(withoutHeartbeats(status), withoutHeartbeats(pickOwn(node.status, status)))) return
    await client.patch(
      nodes,
      { name: facts.nodeName },
      { type: 'strategic', patch: { status: patchOf(status, node.status) } },
      { subresource: 'status', signal },
    )
    this.#reportedAtMs = clock.monotonic()
  }

  async #status(previous: NodeStatus | undefined): Promise<NodeStatus> {
    const { runtime, facts, health, clock } = this.#options
    const { images = [] } = await runtime.listImages({}).catch(() => ({ images: [] }))
    const now = await health()
    this.#ready = now.notReady === undefined
    const capacity = mergedAmounts(previous?.capacity, capacityOf(facts))
    return {
      addresses: addressesOf(facts),
      capacity,
      // Of resources that others added all is allocatable, and nothing once they took them away.
      allocatable: mergedAmounts(capacity, allocatableOf(facts)),
      conditions: conditionsOf(now, previous?.conditions ?? [], clock.now()),
      daemonEndpoints: { kubeletEndpoint: { Port: facts.serverPort } },
      nodeInfo: nodeInfoOf(facts),
      images: imagesOf(images),
      declaredFeatures,
    }
  }
}

/** Addresses merge by type on the server, and amounts by name: stale ones would stay. */
function patchOf({ addresses, allocatable, ...status }: NodeStatus, current: NodeStatus | undefined): object {
  const gone = Object.keys(current?.allocatable ?? {}).filter((name) => !Object.hasOwn(allocatable ?? {}, name))
  return {
    ...status,
    addresses: [{ $patch: 'replace' }, ...(addresses ?? [])],
    allocatable: { ...allocatable, ...Object.fromEntries(gone.map((name) => [name, null])) },
  }
}

function withoutHeartbeats(status: NodeStatus): object {
  const still = status.conditions?.map((condition) => ({ ...condition, lastHeartbeatTime: null }))
  return { ...status, conditions: still?.toSorted((a, b) => (a.type < b.type ? -1 : 1)) }
}

/** Of what the server has, the parts the kubelet reports. */
function pickOwn(current: NodeStatus | undefined, own: NodeStatus): NodeStatus {
  const types = new Set(own.conditions?.map((c) => c.type))
  return {
    addresses: current?.addresses ?? [],
    capacity: current?.capacity ?? {},
    allocatable: current?.allocatable ?? {},
    conditions: (current?.conditions ?? []).filter((c) => types.has(c.type)),
    daemonEndpoints: { kubeletEndpoint: { Port: current?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0 } },
    nodeInfo: { ...(current?.nodeInfo ?? own.nodeInfo!), kubeProxyVersion: '' },
    images: current?.images ?? [],
    declaredFeatures: current?.declaredFeatures ?? [],
  }
}
