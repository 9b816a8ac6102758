// CSIStorageCapacities. Source: pkg/registry/storage/csistoragecapacity/strategy.go, pkg/apis/storage/validation/validation.go.
import type { CSIStorageCapacity } from '../../../../api/storage/v1.ts'
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { isNegative, subdomain } from '../../shared/pod-spec/invalid-values.ts'
import { nodeLabelWarning } from '../../shared/pod-spec/warnings.ts'

function validateAmount(field: string, text: string | undefined): readonly FieldError[] {
  if (text === undefined) return []
  const quantity = parseQuantity(text)
  return quantity.sign < 0 ? [invalid(field, quantity.toString(), isNegative)] : []
}

const validate = ({ storageClassName, capacity, nodeTopology }: CSIStorageCapacity, anyValue: boolean) => [
  ...validateLabelSelector('nodeTopology', nodeTopology, { allowInvalidValues: anyValue }),
  ...subdomain('storageClassName', storageClassName ?? ''),
  ...validateAmount('capacity', capacity),
]

/** Source: pkg/api/node/util.go (GetWarningsForNodeSelector). */
function warnings({ nodeTopology: { matchExpressions = [], matchLabels = {} } = {} }: CSIStorageCapacity): readonly string[] {
  return [
    ...matchExpressions.flatMap(({ key }, i) => {
      const old = nodeLabelWarning(key)
      return old ? [`nodeTopology.matchExpressions[${i}].key: ${key} is ${old}`] : []
    }),
    ...Object.keys(matchLabels).flatMap((key) => {
      const old = nodeLabelWarning(key)
      return old ? [`nodeTopology.matchLabels.${key}: ${old}`] : []
    }),
  ]
}

export const csiStorageCapacityStrategy: Strategy<CSIStorageCapacity> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole', 'changes'],
  validate: (_, capacity) => validate(capacity, false),
  validateUpdate: (_, capacity, old) => [
    ...validate(capacity, validateLabelSelector('', old.nodeTopology).length > 0),
    ...validateImmutable('nodeTopology', capacity.nodeTopology, old.nodeTopology),
    ...validateImmutable('storageClassName', capacity.storageClassName, old.storageClassName),
  ],
  warningsOnCreate: (_, capacity) => warnings(capacity),
  warningsOnUpdate: (_, capacity) => warnings(capacity),
}
