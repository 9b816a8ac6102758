// ResourceClaims. Source: pkg/registry/resource/resourceclaim/strategy.go, pkg/apis/resource/v1/defaults.go.
import type { Mutable } from '../../../../api/object.ts'
import type { ResourceClaim } from '../../../../api/resource/v1.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import { type FieldError } from '../../../../apimachinery/field-errors.ts'
import type { Authorizer } from '../../../authz/authorizer.ts'
import { ask } from '../../../authz/questions.ts'
import type { RequestContext, Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { clearStatus, keepStatus, statusAlone } from '../../shared/status.ts'
import { deviceClaimDefaults, validateDeviceClaim } from '../validate-claim-spec.ts'
import { type AdminNamespaces, validateAdminAccess, validateAdminResult } from '../validate-admin-access.ts'
import { authorizeStatus } from './authorize-status.ts'
import { deviceKey } from './device-key.ts'
import { validateClaimStatus } from './validate-status.ts'

const shown = ({ spec }: ResourceClaim) => internalFormOf('io.k8s.api.resource.v1.ResourceClaimSpec', spec)

/** What is reported of a device goes with the device. */
function dropDeallocated({ status }: Mutable<ResourceClaim>, old: ResourceClaim): void {
  if (!status?.devices) return
  const keys = ({ allocation }: NonNullable<ResourceClaim['status']> = {}) => (allocation?.devices?.results ?? []).map(deviceKey)
  const still = new Set(keys(status as ResourceClaim['status']))
  const gone = new Set(keys(old.status).filter((key) => !still.has(key)))
  if (gone.size === 0) return
  const kept = status.devices.filter((device) => !gone.has(deviceKey(device)))
  if (kept.length > 0) status.devices = kept
  else delete status.devices
}

/** What the store asks of the update of a status before it is prepared, and after. */
function newStatusAuthorization(authorizer: Authorizer) {
  const refusals = new WeakMap<object, readonly FieldError[]>()
  return {
    beginUpdate: async (context: RequestContext, claim: Mutable<ResourceClaim>, old: ResourceClaim) => {
      const prepared = { ...claim, status: { ...claim.status } } as Mutable<ResourceClaim>
      dropDeallocated(prepared, old)
      refusals.set(claim, await ask(authorizer, authorizeStatus(context, prepared as ResourceClaim, old)))
      return undefined
    },
    refused: (claim: ResourceClaim) => refusals.get(claim) ?? [],
  }
}

export function newResourceClaimStrategy(namespaces: AdminNamespaces, authorizer: Authorizer): Strategy<ResourceClaim> {
  const authorization = newStatusAuthorization(authorizer)
  return {
    defaults: ({ spec }) => deviceClaimDefaults(spec?.devices),
    prepareForCreate: (_, claim) => clearStatus(claim),
    prepareForUpdate: (_, claim, old) => keepStatus(claim, old),
    validate: (_, { metadata, spec }) => validateAdminAccess(spec?.devices, metadata.namespace, namespaces),
    // A spec stays as it is.
    *validateInSteps(_, { spec }, old) {
      return old ? [] : yield* validateDeviceClaim('spec', spec?.devices ?? { requests: [] })
    },
    validateUpdate: (_, claim, old) => validateImmutable('spec', shown(claim), shown(old)),
    metadataChecksOnUpdate: ['whole', 'changes'],
    canonicalize: ({ spec }) => emptyAsNull(spec?.devices, 'requests'),
    subresources: {
      status: {
        ...statusAlone,
        beginUpdate: authorization.beginUpdate,
        prepareForUpdate(context, claim, old) {
          statusAlone.prepareForUpdate!(context, claim, old)
          dropDeallocated(claim, old)
        },
        validateUpdate: (_, claim, old) => [
          ...validateAdminResult(claim.status?.allocation, old.status?.allocation, claim.metadata.namespace, namespaces),
          ...authorization.refused(claim),
          ...validateClaimStatus(claim, old),
        ],
      },
    },
  }
}
