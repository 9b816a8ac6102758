// ResourceClaimTemplates. Source: pkg/registry/resource/resourceclaimtemplate/strategy.go.
import type { ResourceClaimTemplate } from '../../../../api/resource/v1.ts'
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import type { Steps } from '../../../../util/steps.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { type AdminNamespaces, validateAdminAccess } from '../validate-admin-access.ts'
import { validateTemplateMetadata } from '../../shared/pod-spec/validate-template-metadata.ts'
import { deviceClaimDefaults, validateDeviceClaim } from '../validate-claim-spec.ts'

function* validate(template: ResourceClaimTemplate, old: ResourceClaimTemplate | undefined): Steps<readonly FieldError[]> {
  const { spec } = template
  return [
    ...validateTemplateMetadata('spec.metadata', spec.metadata),
    ...(yield* validateDeviceClaim('spec.spec', spec.spec?.devices ?? { requests: [] })),
    ...(!old || semanticEqual(shown(template), shown(old)) ? [] : [invalid('spec', shown(template), immutableMessage)]),
  ]
}

const shown = ({ spec }: ResourceClaimTemplate) => internalFormOf('io.k8s.api.resource.v1.ResourceClaimTemplateSpec', spec)

export const newResourceClaimTemplateStrategy = (namespaces: AdminNamespaces): Strategy<ResourceClaimTemplate> => ({
  metadataChecksOnUpdate: ['whole', 'changes'],
  defaults: ({ spec }) => deviceClaimDefaults(spec?.spec?.devices),
  canonicalize: ({ spec }) => emptyAsNull(spec?.spec?.devices, 'requests'),
  validate: (_, { metadata, spec }) => validateAdminAccess(spec.spec?.devices, metadata.namespace, namespaces),
  validateInSteps: (_, template, old) => validate(template, old),
})
