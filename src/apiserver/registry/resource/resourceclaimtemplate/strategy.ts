// ResourceClaimTemplates. Source: pkg/registry/resource/resourceclaimtemplate/strategy.go.
import type { ResourceClaimTemplate } from '../../../../api/resource/v1.ts'
import { invalid } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { type AdminNamespaces, validateAdminAccess } from '../validate-admin-access.ts'
import { validateTemplateMetadata } from '../../shared/pod-spec/validate-template-metadata.ts'
import { deviceClaimDefaults, validateDeviceClaim } from '../validate-claim-spec.ts'

const validate = ({ spec }: ResourceClaimTemplate) => [
  ...validateTemplateMetadata('spec.metadata', spec.metadata),
  ...validateDeviceClaim('spec.spec', spec.spec?.devices ?? { requests: [] }),
]

const shown = ({ spec }: ResourceClaimTemplate) => internalFormOf('io.k8s.api.resource.v1.ResourceClaimTemplateSpec', spec)

export const newResourceClaimTemplateStrategy = (namespaces: AdminNamespaces): Strategy<ResourceClaimTemplate> => ({
  metadataChecksOnUpdate: ['whole', 'changes'],
  defaults: ({ spec }) => deviceClaimDefaults(spec?.spec?.devices),
  canonicalize: ({ spec }) => emptyAsNull(spec?.spec?.devices, 'requests'),
  validate: (_, template) => [...validateAdminAccess(template.spec.spec?.devices, template.metadata.namespace, namespaces), ...validate(template)],
  validateUpdate: (_, template, old) => [
    ...validate(template),
    ...(semanticEqual(shown(template), shown(old)) ? [] : [invalid('spec', shown(template), immutableMessage)]),
  ],
})
