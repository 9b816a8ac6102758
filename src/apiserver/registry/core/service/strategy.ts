// Services. Source: pkg/registry/core/service/strategy.go, storage/storage.go.
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { isDns1123Label, maskTrailingDash } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { dropUnused, keepAllocated, normalizeClusterIps } from './allocated-values.ts'
import type { ServiceAllocation } from './allocation.ts'
import { serviceDefaults } from './defaults.ts'
import { validateService, validateServiceStatus, validateServiceUpdate } from './validate.ts'
import { serviceWarnings } from './warnings.ts'
import { ownCopy } from '../../shared/own-copy.ts'

/** @param deleteEndpoints those of a Service that is gone */
export function newServiceStrategy(allocation: ServiceAllocation, deleteEndpoints: (service: Service) => Promise<void>): Strategy<Service> {
  return {
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: true,
    metadataChecksOnUpdate: ['changes', 'whole'],
    validateName: (name, prefix) => isDns1123Label(prefix ? maskTrailingDash(name) : name),
    defaults: serviceDefaults,
    beginCreate({ dryRun }, service) {
      normalizeClusterIps(service.spec, undefined)
      return allocation.allocate(service, undefined, dryRun)
    },
    prepareForCreate(_, service) {
      service.status = { loadBalancer: {} }
    },
    validate: (_, service) => validateService(service),
    beginUpdate({ dryRun }, service, old) {
      keepAllocated(service.spec, old.spec)
      normalizeClusterIps(service.spec, old.spec)
      return allocation.allocate(service, old, dryRun)
    },
    prepareForUpdate(_, service, old) {
      // Of a load balancer that is no longer wanted nothing is shown, although it goes in its own time.
      const kept = ownCopy(old.status) as Mutable<Service>['status']
      service.status = { ...kept, ...(service.spec.type === 'LoadBalancer' ? {} : { loadBalancer: {} }) }
      dropUnused(service.spec, old.spec)
    },
    validateUpdate: (_, service, old) => validateServiceUpdate(service, old),
    warningsOnCreate: (_, service) => serviceWarnings(service),
    warningsOnUpdate: (_, service) => serviceWarnings(service),
    async afterDelete(service) {
      await deleteEndpoints(service)
      await allocation.release(service)
    },
    subresources: { status: { validateUpdate: (_, service, old) => validateServiceStatus(service, old) } },
  }
}
