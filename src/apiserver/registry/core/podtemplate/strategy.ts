// PodTemplates. Source: pkg/registry/core/podtemplate/strategy.go.
import type { PodTemplate } from '../../../../api/core/v1.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { podSpecDefaults } from '../../shared/pod-spec/defaults.ts'
import { dropDisabledFields } from '../../shared/pod-spec/drop-disabled.ts'
import { podValidationOptions } from '../../shared/pod-spec/options.ts'
import { validatePodTemplateSpec } from '../../shared/pod-spec/validate-pod-spec.ts'
import { podWarnings } from '../../shared/pod-spec/warnings.ts'

const validate = ({ template }: PodTemplate, old?: PodTemplate) => validatePodTemplateSpec(template ?? {}, 'template', podValidationOptions(old?.template))

export const podTemplateStrategy: Strategy<PodTemplate> = {
  allowUnconditionalUpdate: true,
  defaults({ template }) {
    if (template?.spec) podSpecDefaults(template.spec)
  },
  prepareForCreate(_, { template }) {
    if (template?.spec) dropDisabledFields(template.spec)
  },
  prepareForUpdate(_, { template }, old) {
    if (template?.spec) dropDisabledFields(template.spec, old.template?.spec)
  },
  validate: (_, object) => validate(object),
  validateUpdate: (_, object, old) => validate(object, old),
  warningsOnCreate: (_, { template }) => podWarnings('template', template ?? {}),
  warningsOnUpdate: (_, { template }) => podWarnings('template', template ?? {}),
}
