// StorageClasses. Source: pkg/registry/storage/storageclass/strategy.go, pkg/apis/storage/{v1/defaults.go,validation}.
import type { TopologySelectorTerm } from '../../../../api/core/v1.ts'
import type { StorageClass } from '../../../../api/storage/v1.ts'
import { duplicate, type FieldError, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabelName } from '../../../../apimachinery/validation/labels.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { nodeLabelWarning } from '../../shared/pod-spec/warnings.ts'
import { oneOf } from '../../shared/pod-spec/invalid-values.ts'
import { validateParameters, validateProvisioner } from '../../shared/validation/parameters.ts'

function validateTerm(field: string, { matchLabelExpressions = [] }: TopologySelectorTerm): readonly FieldError[] {
  return matchLabelExpressions.flatMap(({ key, values: given }, i) => {
    const at = `${field}.matchLabelExpressions[${i}]`
    const values = given ?? []
    return [
      ...(values.length === 0 ? [required(`${at}.values`)] : []),
      ...values.flatMap((value, j) => (values.indexOf(value) < j ? [duplicate(`${at}.values[${j}]`, value)] : [])),
      ...validateLabelName(`${at}.key`, key),
      ...(matchLabelExpressions.findIndex((other) => other.key === key) < i ? [duplicate(`${at}.key`, key)] : []),
    ]
  })
}

/** What a term allows, in a form that can be compared. */
const meaningOf = ({ matchLabelExpressions = [] }: TopologySelectorTerm) =>
  JSON.stringify(matchLabelExpressions.map(({ key, values }) => [key, [...new Set(values)].toSorted()]).toSorted(([a], [b]) => (a! < b! ? -1 : 1)))

/** Every term but itself that comes before and allows the same is an error, and, as upstream, one that says nothing repeats as many as there are. */
function validateTopologies(terms: readonly TopologySelectorTerm[] = []): readonly FieldError[] {
  const before = terms.map(() => meaningOf({}))
  return terms.flatMap((term, i) => {
    const field = `allowedTopologies[${i}]`
    const meaning = meaningOf(term)
    const same = before.filter((other) => other === meaning)
    before.push(meaning)
    return [...validateTerm(field, term), ...same.map(() => duplicate(`${field}.matchLabelExpressions`, ''))]
  })
}

function validate({ provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies }: StorageClass): readonly FieldError[] {
  return [
    ...validateProvisioner('provisioner', provisioner),
    ...validateParameters(parameters, true),
    ...(reclaimPolicy ? oneOf('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain']) : []),
    ...oneOf('volumeBindingMode', volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...validateTopologies(allowedTopologies),
  ]
}

const warnings = ({ allowedTopologies = [] }: StorageClass) =>
  allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
    matchLabelExpressions.flatMap(({ key }, j) => {
      const old = nodeLabelWarning(key)
      return old ? [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${old}`] : []
    }),
  )

const frozen = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const

export const storageClassStrategy: Strategy<StorageClass> = {
  defaults(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete'
    storageClass.volumeBindingMode ??= 'Immediate'
  },
  validate: (_, storageClass) => validate(storageClass),
  metadataChecksOnUpdate: ['whole', 'changes'],
  validateUpdate: (_, storageClass, old) => [
    ...validate(storageClass),
    ...frozen.flatMap((field) => validateImmutable(field, storageClass[field], old[field])),
  ],
  warningsOnCreate: (_, storageClass) => warnings(storageClass),
  warningsOnUpdate: (_, storageClass) => warnings(storageClass),
}
