// VolumeAttributesClasses. Source: pkg/registry/storage/volumeattributesclass/strategy.go, pkg/apis/storage/validation/validation.go.
import type { VolumeAttributesClass } from '../../../../api/storage/v1.ts'
import { forbidden } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { validateParameters, validateProvisioner } from '../../shared/validation/parameters.ts'

const validate = ({ driverName, parameters }: VolumeAttributesClass) => [
  ...validateProvisioner('driverName', driverName),
  ...validateParameters(parameters, false),
]

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  metadataChecksOnUpdate: ['whole', 'changes', 'whole'],
  validate: (_, attributes) => validate(attributes),
  /** The whole twice, as upstream: the strategy and the rules of an update both look at it. */
  validateUpdate: (_, attributes, old) => [
    ...validate(attributes),
    ...(attributes.driverName === old.driverName ? [] : [forbidden('driverName', 'updates to driverName are forbidden.')]),
    ...(semanticEqual(attributes.parameters, old.parameters) ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')]),
    ...validate(attributes),
  ],
}
