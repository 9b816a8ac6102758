// ResourceClaims. Source: pkg/registry/resource/resourceclaim/strategy.go, pkg/apis/resource/v1/defaults.go.
import type { ResourceClaim } from '../../../../api/resource/v1.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { clearStatus, keepStatus } from '../../shared/status.ts'
import { deviceClaimDefaults, validateDeviceClaim } from '../validate-claim-spec.ts'
import { validateClaimStatus } from './validate-status.ts'

const shown = ({ spec }: ResourceClaim) => internalFormOf('io.k8s.api.resource.v1.ResourceClaimSpec', spec)

export const resourceClaimStrategy: Strategy<ResourceClaim> = {
  defaults: ({ spec }) => deviceClaimDefaults(spec?.devices),
  prepareForCreate: (_, claim) => clearStatus(claim),
  prepareForUpdate: (_, claim, old) => keepStatus(claim, old),
  validate: (_, { spec }) => validateDeviceClaim('spec', spec?.devices ?? { requests: [] }),
  validateUpdate: (_, claim, old) => validateImmutable('spec', shown(claim), shown(old)),
  subresources: { status: { validateUpdate: (_, claim, old) => validateClaimStatus(claim, old) } },
}
