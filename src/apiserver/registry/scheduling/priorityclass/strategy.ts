// PriorityClasses. Source: pkg/registry/scheduling/priorityclass/strategy.go, pkg/apis/scheduling/{v1/defaults,validation/validation,helpers}.go.
import type { PriorityClass } from '../../../../api/scheduling/v1.ts'
import { type FieldError, forbidden, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { validateImmutable } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'

/** Above this the system keeps to itself. */
const userPriorityMax = 1_000_000_000
const systemPrefix = 'system-'

/** The classes that the server itself makes sure of. */
const systemClasses: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
])

/** What makes a class with a reserved name not the one that the system knows; undefined: it is. */
function notSystemClass({ metadata: { name }, value, globalDefault }: PriorityClass): string | undefined {
  const known = systemClasses.get(name)
  if (known === undefined) return `${name} is not a known system priority class`
  if (value !== known) return `value of ${name} PriorityClass must be ${known}`
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined
}

function validateNameAndValue(priorityClass: PriorityClass): readonly FieldError[] {
  const { metadata, value = 0 } = priorityClass
  if (metadata.name.startsWith(systemPrefix)) {
    const why = notSystemClass(priorityClass)
    return why ? [forbidden('metadata.name', `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${why}`)] : []
  }
  return value > userPriorityMax ? [forbidden('value', `maximum allowed value of a user defined priority is ${userPriorityMax}`)] : []
}

function validatePreemptionPolicy(policy: string | undefined): readonly FieldError[] {
  const values = ['PreemptLowerPriority', 'Never']
  if (policy === undefined) return []
  if (policy === '') return [required('preemptionPolicy')]
  return values.includes(policy) ? [] : [notSupported('preemptionPolicy', policy, values)]
}

export const priorityClassStrategy: Strategy<PriorityClass> = {
  // Source: pkg/registry/scheduling/priorityclass/storage/storage.go.
  refuseDelete: (name) => (systemClasses.has(name) ? 'this is a system priority class and cannot be deleted' : undefined),
  allowUnconditionalUpdate: true,
  defaults(priorityClass) {
    priorityClass.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  // The generation is set once and never counts on.
  wanted: () => undefined,
  validate: (_, priorityClass) => [...validateNameAndValue(priorityClass), ...validatePreemptionPolicy(priorityClass.preemptionPolicy)],
  validateUpdate: (_, { value, preemptionPolicy }, old) => [
    ...((value ?? 0) === (old.value ?? 0) ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...validateImmutable('preemptionPolicy', preemptionPolicy, old.preemptionPolicy),
  ],
}
