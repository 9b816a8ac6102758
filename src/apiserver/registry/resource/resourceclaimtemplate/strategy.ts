// ResourceClaimTemplates. Source: pkg/registry/resource/resourceclaimtemplate/strategy.go.
import type { ResourceClaimTemplate } from '../../../../api/resource/v1.ts'
import { forbidden, invalid } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { validateLabels } from '../../../../apimachinery/validation/labels.ts'
import { immutableMessage, validateAnnotations } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { type AdminNamespaces, validateAdminAccess } from '../validate-admin-access.ts'
import { deviceClaimDefaults, validateDeviceClaim } from '../validate-claim-spec.ts'

const isSet = (value: unknown) => value !== undefined && value !== null && value !== '' && value !== 0

/** Labels and annotations are the claim's own; everything else of its metadata is the controller's. */
function validate({ spec }: ResourceClaimTemplate) {
  const { annotations, labels, ...others } = spec.metadata ?? {}
  return [
    ...validateAnnotations('spec.metadata.annotations', annotations),
    ...validateLabels('spec.metadata.labels', labels),
    ...Object.entries(others)
      .filter(([, value]) => isSet(value))
      .map(([name]) => forbidden(`spec.metadata.${name}`, 'cannot be set')),
    ...validateDeviceClaim('spec.spec', spec.spec?.devices ?? { requests: [] }),
  ]
}

/** Metadata print under their JSON names, inside the struct that embeds them. */
function shown({ spec }: ResourceClaimTemplate): object {
  const metadata = Object.fromEntries(Object.entries(spec.metadata ?? {}).filter(([, value]) => isSet(value)))
  return { ...metadata, Spec: internalFormOf('io.k8s.api.resource.v1.ResourceClaimSpec', spec.spec ?? {}) }
}

export const newResourceClaimTemplateStrategy = (namespaces: AdminNamespaces): Strategy<ResourceClaimTemplate> => ({
  metadataChecksOnUpdate: ['whole', 'changes'],
  defaults: ({ spec }) => deviceClaimDefaults(spec?.spec?.devices),
  validate: (_, template) => [...validateAdminAccess(template.spec.spec?.devices, template.metadata.namespace, namespaces), ...validate(template)],
  validateUpdate: (_, template, old) => [
    ...validate(template),
    ...(semanticEqual(shown(template), shown(old)) ? [] : [invalid('spec', shown(template), immutableMessage)]),
  ],
})
