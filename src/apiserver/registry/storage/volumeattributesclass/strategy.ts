// VolumeAttributesClasses. Source: pkg/registry/storage/volumeattributesclass/strategy.go, pkg/apis/storage/validation/validation.go.
import type { VolumeAttributesClass } from '../../../../api/storage/v1.ts'
import { forbidden } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { validateParameters, validateProvisioner } from '../../shared/validation/parameters.ts'

export const volumeAttributesClassStrategy: Strategy<VolumeAttributesClass> = {
  validate: (_, { driverName, parameters }) => [...validateProvisioner('driverName', driverName), ...validateParameters(parameters, false)],
  validateUpdate: (_, attributes, old) => [
    ...(attributes.driverName === old.driverName ? [] : [forbidden('driverName', 'updates to driverName are forbidden.')]),
    ...(semanticEqual(attributes.parameters, old.parameters) ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')]),
  ],
}
