// DeviceClasses. Source: pkg/registry/resource/deviceclass/strategy.go, pkg/apis/resource/validation/validation.go.
import type { DeviceClass } from '../../../../api/resource/v1.ts'
import { type FieldError, invalid, tooMany } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import type { Steps } from '../../../../util/steps.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { isExtendedResource } from '../../shared/pod-spec/resource-names.ts'
import { validateConfiguration, validateSelectors } from '../validate-parts.ts'

const configsMax = 32

/** @param old of an update */
function* validate({ spec }: DeviceClass, old: DeviceClass | undefined): Steps<readonly FieldError[]> {
  const { selectors, config = [], extendedResourceName: name } = spec ?? {}
  return [
    ...(yield* validateSelectors('spec.selectors', selectors, old !== undefined && semanticEqual(selectors, old.spec?.selectors))),
    ...(config.length > configsMax
      ? [tooMany('spec.config', config.length, configsMax)]
      : config.flatMap((one, i) => validateConfiguration(`spec.config[${i}]`, one))),
    ...(name !== undefined && !isExtendedResource(name) ? [invalid('spec.extendedResourceName', name, 'must be a valid extended resource name')] : []),
  ]
}

export const deviceClassStrategy: Strategy<DeviceClass> = {
  metadataChecksOnUpdate: ['whole', 'changes'],
  validateInSteps: (_, deviceClass, old) => validate(deviceClass, old),
}
