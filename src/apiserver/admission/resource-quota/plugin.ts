// ResourceQuota: every write that uses something of a quota is charged before it is done, by an update of the quota's status
// that another writer's update makes fail. So use never exceeds the limit, however many servers and requests there are; what a
// failed write was charged comes back when the controller counts again.
// Source: k8s.io/apiserver pkg/admission/plugin/resourcequota/{admission,controller}.go.
import type { ResourceQuota } from '../../../api/core/v1.ts'
import { evaluatorFor } from '../../../api/quota/evaluators.ts'
import type { QuotaEvaluator } from '../../../api/quota/evaluator.ts'
import { toObject } from '../../../api/quota/resource-list.ts'
import { resourceQuotas } from '../../../api/resources.ts'
import { ApiError, isConflict, isNotFound } from '../../../apimachinery/api-error.ts'
import type { Client } from '../../../client/client.ts'
import type { Clock } from '../../../util/clock.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { type Charge, checkQuotas } from './check.ts'

interface ResourceQuotaDependencies {
  readonly quotas: Pick<StoreLister<ResourceQuota>, 'inNamespace'>
  readonly client: Pick<Client, 'update'>
  readonly clock: Clock
}

const attemptsMax = 4

class QuotaAdmission {
  readonly #deps: ResourceQuotaDependencies
  /** Namespace -> the last charge under way: within one server charges wait for each other instead of colliding. */
  readonly #queues = new Map<string, Promise<void>>()

  constructor(deps: ResourceQuotaDependencies) {
    this.#deps = deps
  }

  async check(attributes: ValidatingAttributes, evaluator: QuotaEvaluator): Promise<void> {
    const { namespace, dryRun } = attributes
    const { quotas, clock } = this.#deps
    const charges = () => checkQuotas(attributes, quotas.inNamespace(namespace), evaluator, clock.now())
    if (quotas.inNamespace(namespace).length === 0) return
    if (dryRun) {
      charges()
      return
    }
    await this.#inTurn(namespace, () => this.#charge(charges))
  }

  /** Runs `work` after what is under way in the namespace. */
  async #inTurn(namespace: string, work: () => Promise<void>): Promise<void> {
    const result = (this.#queues.get(namespace) ?? Promise.resolve()).then(work)
    const settled = result.catch(() => {})
    this.#queues.set(namespace, settled)
    try {
      await result
    } finally {
      if (this.#queues.get(namespace) === settled) this.#queues.delete(namespace)
    }
  }

  /** Charges all quotas; those that changed meanwhile are checked again. */
  async #charge(charges: () => Charge[]): Promise<void> {
    const charged = new Set<string>()
    for (let attempt = 1; ; attempt++) {
      const open = charges().filter(({ quota }) => !charged.has(quota.metadata.uid))
      const failures: ApiError[] = []
      for (const charge of open) {
        const failure = await this.#update(charge)
        if (failure) failures.push(failure)
        else charged.add(charge.quota.metadata.uid)
      }
      if (failures.length === 0) return
      if (attempt === attemptsMax) throw failures.at(-1)!
    }
  }

  /** @returns why it must be tried again */
  async #update({ quota, used }: Charge): Promise<ApiError | undefined> {
    const charged: ResourceQuota = { ...quota, status: { hard: quota.status?.hard ?? {}, used: toObject(used) } }
    try {
      await this.#deps.client.update(resourceQuotas, charged, { subresource: 'status' })
      return undefined
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return error as ApiError
      throw error
    }
  }
}

export function newResourceQuota(deps: ResourceQuotaDependencies): AdmissionPlugin {
  const admission = new QuotaAdmission(deps)
  return {
    name: 'ResourceQuota',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    async validate(attributes) {
      const { namespace, resource, object } = attributes
      const isNamespace = resource.group === '' && resource.plural === 'namespaces'
      if (!namespace || isNamespace || !object) return
      const evaluator = evaluatorFor(resource)
      if (evaluator?.handles(attributes)) await admission.check(attributes, evaluator)
    },
  }
}
