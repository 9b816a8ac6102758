// CSINodes. Source: pkg/registry/storage/csinode/strategy.go, pkg/apis/storage/validation/validation.go.
import type { CSINode, CSINodeDriver } from '../../../../api/storage/v1.ts'
import { duplicate, type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { validateLabelName } from '../../../../apimachinery/validation/labels.ts'
import { byteLength } from '../../../../apimachinery/validation/names.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { nonNegative } from '../../shared/pod-spec/invalid-values.ts'
import { validateCsiDriverName } from '../../shared/pod-spec/validate-volumes.ts'
import { twice } from '../../shared/twice.ts'

const nodeIdBytesMax = 256

const driversOf = ({ spec }: CSINode): readonly CSINodeDriver[] => spec?.drivers ?? []

function validateDriver(field: string, { name, nodeID, topologyKeys, allocatable }: CSINodeDriver, repeated: boolean): readonly FieldError[] {
  const keys = topologyKeys ?? []
  return [
    ...validateCsiDriverName(`${field}.name`, name),
    ...(nodeID ? [] : [required(`${field}.nodeID`)]),
    ...(byteLength(nodeID) > nodeIdBytesMax ? [invalid(`${field}.nodeID`, nodeID, `must be ${nodeIdBytesMax} characters or less`)] : []),
    ...nonNegative(`${field}.allocatable.count`, allocatable?.count),
    ...(repeated ? [duplicate(`${field}.name`, name)] : []),
    ...keys.flatMap((key, i) => [
      ...(key ? [] : [required(field)]),
      ...(keys.indexOf(key) < i ? [duplicate(field, key)] : []),
      ...validateLabelName(field, key),
    ]),
  ]
}

function validate(node: CSINode): readonly FieldError[] {
  const drivers = driversOf(node)
  return drivers.flatMap((driver, i) => validateDriver(`spec.drivers[${i}]`, driver, drivers.findIndex(({ name }) => name === driver.name) < i))
}

/** A driver may be added and removed; of one that stays only the count of volumes may change. */
function validateStaying(node: CSINode, old: CSINode): readonly FieldError[] {
  return driversOf(old).flatMap((before) => {
    const now = driversOf(node).find(({ name }) => name === before.name)
    const { allocatable: _now, ...fixed } = now ?? before
    const { allocatable: _before, ...expected } = before
    if (semanticEqual(fixed, expected)) return []
    return [invalid('spec.drivers', internalFormOf('io.k8s.api.storage.v1.CSINodeDriver', now!), immutableMessage)]
  })
}

export const csiNodeStrategy: Strategy<CSINode> = {
  allowUnconditionalUpdate: false,
  metadataChecksOnUpdate: ['whole', 'whole'],
  validate: (_, node) => validate(node),
  validateUpdate: (_, node, old) => [...twice(validate(node)), ...validateStaying(node, old)],
  canonicalize({ spec }) {
    emptyAsNull(spec, 'drivers')
    for (const driver of spec?.drivers ?? []) emptyAsNull(driver, 'topologyKeys')
  },
}
