import type { Lease } from '../../api/coordination/v1.ts'
import { leases, nodes } from '../../api/resources.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { Logger } from '../../component-base/logger.ts'
import { type Clock, formatMicroTime } from '../../util/clock.ts'

export interface NodeLeaseOptions {
  readonly nodeName: string
  readonly client: Pick<Client, 'get' | 'create' | 'update'>
  readonly clock: Clock
  readonly logger: Logger
}

/** Upstream's nodeLeaseDurationSeconds, renewed four times as often. */
const durationSeconds = 40
const renewMs = 10_000
const retryMsInitial = 200
const retryMsMax = 7_000
const namespace = 'kube-node-lease'

/** The node's heartbeat. Runs until `signal` aborts. */
export async function keepNodeLease({ nodeName, client, clock, logger }: NodeLeaseOptions, signal: AbortSignal): Promise<void> {
  let lease: Lease | undefined
  for (let failures = 0; !signal.aborted;) {
    try {
      lease = await renew(lease)
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      if (!isConflict(error)) logger.error('Could not renew the node lease', error)
      lease = undefined
      failures++
    }
    const waitMs = failures === 0 ? renewMs : Math.min(retryMsInitial * 2 ** (failures - 1), retryMsMax)
    await clock.sleep(waitMs, signal).catch(() => {})
  }

  async function renew(known: Lease | undefined): Promise<Lease> {
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: durationSeconds, renewTime: formatMicroTime(clock.now()) }
    const current = known ?? (await find())
    if (current) return client.update(leases, { ...current, spec: { ...current.spec, ...spec } }, { signal })
    const { metadata } = await client.get(nodes, { name: nodeName }, { signal })
    const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: metadata.uid }]
    return client
      .create<Lease>(
        leases,
        { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: nodeName, namespace, ownerReferences }, spec },
        { signal },
      )
      .catch(async (error: unknown) => {
        const existing = isAlreadyExists(error) ? await find() : undefined
        if (!existing) throw error
        return existing
      })
  }

  async function find(): Promise<Lease | undefined> {
    return client.get(leases, { namespace, name: nodeName }, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
      return undefined
    })
  }
}
