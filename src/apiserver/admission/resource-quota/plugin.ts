// ResourceQuota: every write that uses something of a quota is charged before it is done, by an update of the quota's status
// that another writer's update makes fail. So use never exceeds the limit, however many servers and requests there are; what a
// failed write was charged comes back when the controller counts again.
// Requests of a namespace that come while a charge is under way are charged together, by one update.
// Source: k8s.io/apiserver pkg/admission/plugin/resourcequota/{admission,controller}.go.
import type { ResourceQuota } from '../../../api/core/v1.ts'
import { evaluatorFor } from '../../../api/quota/evaluators.ts'
import { equalLists, toObject } from '../../../api/quota/resource-list.ts'
import { resourceQuotas } from '../../../api/resources.ts'
import { internalError } from '../../../apimachinery/api-error.ts'
import type { Client } from '../../../client/client.ts'
import type { Clock } from '../../../util/clock.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { checkRequest, type QuotaRequest, running, type RunningQuota } from './check.ts'
import type { LimitedResource } from './configuration.ts'

export interface ResourceQuotaDependencies {
  readonly quotas: Pick<StoreLister<ResourceQuota>, 'inNamespace'>
  readonly client: Pick<Client, 'update'>
  readonly clock: Clock
  readonly limited: readonly LimitedResource[]
}

/** Upstream's: after a lost race, three more. */
const attemptsMax = 4
/** Upstream's limit for the wait in line and the charge together. */
const evaluationMsMax = 10_000

interface Waiter extends QuotaRequest {
  settle(error?: unknown): void
  settled: boolean
}

class QuotaAdmission {
  readonly #deps: ResourceQuotaDependencies
  /** Namespace -> who came while a charge is under way. A namespace is in here as long as one is. */
  readonly #waiting = new Map<string, Waiter[]>()

  constructor(deps: ResourceQuotaDependencies) {
    this.#deps = deps
  }

  /** Whether anything in a namespace is counted. */
  concerns(namespace: string): boolean {
    return this.#deps.limited.length > 0 || this.#deps.quotas.inNamespace(namespace).length > 0
  }

  /** @throws {ApiError} 403; 500 when it takes too long */
  check(request: QuotaRequest): Promise<void> | void {
    const { namespace } = request.attributes
    if (!this.concerns(namespace)) return undefined
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = this.#deps.clock.after(evaluationMsMax, () => waiter.settle(internalError('resource quota evaluation timed out')))
    const waiter: Waiter = {
      ...request,
      settled: false,
      settle(error) {
        if (waiter.settled) return
        waiter.settled = true
        timer.cancel()
        if (error === undefined) resolve()
        else reject(error as Error)
      },
    }
    const line = this.#waiting.get(namespace)
    if (line) line.push(waiter)
    else void this.#work(namespace, waiter)
    return promise
  }

  /** Charges until nobody waits in the namespace. Never throws: whatever happens is told to those who wait. */
  async #work(namespace: string, first: Waiter): Promise<void> {
    for (let batch = [first]; batch.length > 0; batch = this.#waiting.get(namespace) ?? []) {
      this.#waiting.set(namespace, [])
      const open = batch.filter(({ settled }) => !settled)
      try {
        await this.#chargeAll(namespace, open)
      } catch (error) {
        for (const waiter of open) waiter.settle(error)
      }
    }
    this.#waiting.delete(namespace)
  }

  async #chargeAll(namespace: string, batch: readonly Waiter[]): Promise<void> {
    const { quotas, clock, limited } = this.#deps
    let open = batch
    let concerned: ReadonlySet<string> | undefined
    for (let attempt = 1; open.length > 0; attempt++) {
      const before = quotas
        .inNamespace(namespace)
        .filter(({ metadata }) => !concerned || concerned.has(metadata.uid))
        .map(running)
      const { pending, after } = take(open, before, limited, clock.now())
      const failures = await this.#write(before, after)
      if (failures.size === 0) {
        for (const waiter of pending) waiter.settle()
        return
      }
      if (attempt === attemptsMax) {
        const lastError = [...failures.values()].at(-1)
        for (const waiter of pending) waiter.settle(lastError)
        return
      }
      // Those quotas whose update succeeded have been charged for all of them: only the others are tried again.
      open = pending
      concerned = new Set(failures.keys())
    }
  }

  /** @returns uid of each quota that could not be written -> why */
  async #write(before: readonly RunningQuota[], after: readonly RunningQuota[]): Promise<ReadonlyMap<string, unknown>> {
    const failures = new Map<string, unknown>()
    const changed = after.filter(({ used }, i) => used !== before[i]!.used && !equalLists(used, before[i]!.used))
    const write = async ({ quota, used }: RunningQuota) => {
      const charged: ResourceQuota = { ...quota, status: { hard: quota.status?.hard ?? {}, used: toObject(used) } }
      try {
        await this.#deps.client.update(resourceQuotas, charged, { subresource: 'status' })
      } catch (error) {
        failures.set(quota.metadata.uid, error)
      }
    }
    await Promise.all(changed.map(write))
    return failures
  }
}

/**
 * Checks one request after the other, each against what those before it leave. Who is refused, or uses nothing, is told.
 * @returns who waits for the charge, and the quotas as they will be
 */
function take(waiters: readonly Waiter[], before: readonly RunningQuota[], limited: readonly LimitedResource[], nowMs: number) {
  let after = before
  const pending: Waiter[] = []
  for (const waiter of waiters) {
    try {
      const next = checkRequest(waiter, after, limited, nowMs)
      if (next === after || waiter.attributes.dryRun) {
        waiter.settle()
        continue
      }
      pending.push(waiter)
      after = next
    } catch (error) {
      waiter.settle(error)
    }
  }
  return { pending, after }
}

export function newResourceQuota(deps: ResourceQuotaDependencies): AdmissionPlugin {
  const admission = new QuotaAdmission(deps)
  return {
    name: 'ResourceQuota',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    // Every object is charged to the quotas of its namespace.
    inputs: ({ namespace }) => (admission.concerns(namespace) ? undefined : [() => admission.concerns(namespace)]),
    validate(attributes) {
      const { namespace, resource, object } = attributes
      const isNamespace = resource.group === '' && resource.plural === 'namespaces'
      if (!namespace || isNamespace || !object) return undefined
      const evaluator = evaluatorFor(resource)
      return evaluator?.handles(attributes) ? admission.check({ attributes, evaluator }) : undefined
    },
  }
}
