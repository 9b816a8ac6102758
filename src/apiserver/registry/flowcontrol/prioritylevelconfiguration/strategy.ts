// PriorityLevelConfigurations. Source: pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go, pkg/apis/flowcontrol/{v1/defaults.go,validation}.
import type {
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../../../api/flowcontrol/v1.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { exemptName, mandatoryPriorityLevels } from '../../../flowcontrol/bootstrap-objects.ts'
import { isSame } from '../../../flowcontrol/same-spec.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalFormOf } from '../../shared/pod-spec/internal-form.ts'
import { clearStatus, keepStatus, statusAlone } from '../../shared/status.ts'
import { validateConditionTypes } from '../validate-condition-types.ts'

const queuesMax = 10_000_000
/** Bits of a hash that deal a hand of queues. */
const hashBits = 60
const positive = 'must be positive'

function validateHandSize(field: string, { queues = 0, handSize = 0 }: QueuingConfiguration): readonly FieldError[] {
  if (handSize <= 0) return [invalid(field, handSize, positive)]
  if (handSize > queues) return [invalid(field, handSize, `should not be greater than queues (${queues})`)]
  if (Math.ceil(Math.log2(queues) * handSize) <= hashBits) return []
  const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`
  return [invalid(field, handSize, detail)]
}

function validateQueuing(field: string, queuing: QueuingConfiguration): readonly FieldError[] {
  const { queues = 0, queueLengthLimit = 0 } = queuing
  const handSize = validateHandSize(`${field}.handSize`, queuing)
  return [
    ...(queueLengthLimit <= 0 ? [invalid(`${field}.queueLengthLimit`, queueLengthLimit, positive)] : []),
    ...(queues <= 0 ? [invalid(`${field}.queues`, queues, positive)] : []),
    ...(queues > queuesMax ? [invalid(`${field}.queues`, queues, `must not be greater than ${queuesMax}`)] : []),
    ...handSize,
  ]
}

function validateLimited(limited: LimitedPriorityLevelConfiguration): readonly FieldError[] {
  const field = 'spec.limited'
  const { nominalConcurrencyShares: shares = 0, limitResponse, lendablePercent: lendable, borrowingLimitPercent: borrowing } = limited
  const response = `${field}.limitResponse`
  const { type = '', queuing } = limitResponse ?? {}
  const errors: FieldError[] = []
  if (shares < 0) errors.push(invalid(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'))
  if (type === 'Reject') {
    if (queuing) errors.push(forbidden(`${response}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'))
  } else if (type === 'Queue') {
    if (queuing) errors.push(...validateQueuing(`${response}.queuing`, queuing))
    else errors.push(required(`${response}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'))
  } else errors.push(notSupported(`${response}.type`, type, ['Queue', 'Reject']))
  if (lendable !== undefined && (lendable < 0 || lendable > 100)) {
    errors.push(invalid(`${field}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive'))
  }
  if (borrowing !== undefined && borrowing < 0) {
    errors.push(invalid(`${field}.borrowingLimitPercent`, borrowing, 'if specified, must be a non-negative integer'))
  }
  return errors
}

function validateExempt({ exempt }: PriorityLevelConfigurationSpec): readonly FieldError[] {
  const { nominalConcurrencyShares: shares, lendablePercent: lendable } = exempt ?? {}
  return [
    ...(shares !== undefined && shares < 0 ? [invalid('spec.exempt.nominalConcurrencyShares', shares, 'must be a non-negative integer')] : []),
    ...(lendable !== undefined && (lendable < 0 || lendable > 100)
      ? [invalid('spec.exempt.lendablePercent', lendable, 'must be between 0 and 100, inclusive')]
      : []),
  ]
}

function validate({ metadata, spec }: PriorityLevelConfiguration): readonly FieldError[] {
  const { type = '', limited, exempt } = (spec ?? {}) as PriorityLevelConfigurationSpec
  const errors: FieldError[] = []
  if ((type === 'Exempt') !== (metadata.name === exemptName)) {
    errors.push(invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'"))
  }
  if (type === 'Exempt') {
    if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'))
    errors.push(...validateExempt(spec))
  } else if (type === 'Limited') {
    if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'))
    if (limited) errors.push(...validateLimited(limited))
    else errors.push(required('spec.limited', 'must not be empty when type is Limited'))
  } else errors.push(notSupported('spec.type', type, ['Exempt', 'Limited']))
  return [...errors, ...validateMandatory(metadata.name, spec)]
}

/** What the exempt level lends is the administrator's choice. */
function validateMandatory(name: string | undefined, spec: PriorityLevelConfigurationSpec): readonly FieldError[] {
  const mandatory = mandatoryPriorityLevels.find(({ metadata }) => metadata.name === name)
  if (!mandatory) return []
  const compared = (one: PriorityLevelConfigurationSpec) => (name === exemptName ? { ...one, exempt: undefined } : one)
  if (isSame(compared(mandatory.spec), compared(spec))) return []
  const except = name === exemptName ? " except the 'spec.exempt' field" : ''
  const shown = internalFormOf('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec', spec)
  return [invalid('spec', shown, `spec of '${name}'${except} must equal the fixed value`)]
}

export const priorityLevelConfigurationStrategy: Strategy<PriorityLevelConfiguration> = {
  metadataChecksOnUpdate: ['whole'],
  defaults({ spec }) {
    if (spec?.exempt) {
      spec.exempt.nominalConcurrencyShares ??= 0
      spec.exempt.lendablePercent ??= 0
    }
    const limited = spec?.limited
    if (!limited) return
    limited.nominalConcurrencyShares ??= 30
    limited.lendablePercent ??= 0
    const queuing = limited.limitResponse?.queuing
    if (!queuing) return
    queuing.queues ||= 64
    queuing.handSize ||= 8
    queuing.queueLengthLimit ||= 50
  },
  prepareForCreate: (_, level) => clearStatus(level),
  prepareForUpdate: (_, level, old) => keepStatus(level, old),
  validate: (_, level) => validate(level),
  validateUpdate: (_, level) => validate(level),
  subresources: { status: { ...statusAlone, metadataChecksOnUpdate: [], validateUpdate: (_, { status }) => validateConditionTypes(status?.conditions) } },
}
