// Leases. Source: pkg/registry/coordination/lease/strategy.go, pkg/apis/coordination/validation/validation.go.
import type { Lease } from '../../../../api/coordination/v1.ts'
import { type FieldError, forbidden, invalid, notSupported } from '../../../../apimachinery/field-errors.ts'
import { isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import type { Mutable } from '../../../../api/object.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { invalidAll, nonNegative } from '../../shared/pod-spec/invalid-values.ts'

/** The name is said twice, as upstream does it. */
const strategyField = 'spec.strategy.strategy'

function validateElection(strategy: string): readonly FieldError[] {
  if (strategy.includes('/')) return invalidAll(strategyField, strategy, isQualifiedName(strategy))
  return strategy === 'OldestEmulationVersion' ? [] : [notSupported(strategyField, strategy, ['OldestEmulationVersion'])]
}

function validate({ spec = {} }: Lease): readonly FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder } = spec
  return [
    ...(leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0
      ? [invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')]
      : []),
    ...nonNegative('spec.leaseTransitions', leaseTransitions),
    ...(strategy === undefined ? [] : validateElection(strategy)),
    ...(preferredHolder && !strategy ? [forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined')] : []),
  ]
}

/** Fields of coordinated leader election, which is off in 1.36 by default: only objects that have them keep them. */
function dropElection({ spec }: Mutable<Lease>, old?: Lease): void {
  if (spec && old?.spec?.strategy === undefined && old?.spec?.preferredHolder === undefined) {
    delete spec.strategy
    delete spec.preferredHolder
  }
}

export const leaseStrategy: Strategy<Lease> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: (_, lease) => dropElection(lease),
  prepareForUpdate: (_, lease, old) => dropElection(lease, old),
  validate: (_, lease) => validate(lease),
  validateUpdate: (_, lease) => validate(lease),
}
