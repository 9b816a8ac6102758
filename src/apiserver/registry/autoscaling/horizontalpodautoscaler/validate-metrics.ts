// Metrics of autoscalers. Source: pkg/apis/autoscaling/validation/validation.go.
import type {
  ContainerResourceMetricSource,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from '../../../../api/autoscaling/v2.ts'
import { type FieldError, forbidden, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, label } from '../../shared/pod-spec/invalid-values.ts'
import { validateContainerResourceName } from '../../shared/pod-spec/validate-resources.ts'
import { validateTargetReference } from './validate-reference.ts'

function validatePositive(field: string, quantity: string | undefined): readonly FieldError[] {
  if (quantity === undefined) return []
  const parsed = parseQuantity(quantity)
  return parsed.sign > 0 ? [] : [invalid(field, parsed.toString(), 'must be positive')]
}

function validateTarget(field: string, { type = '', value, averageValue, averageUtilization }: MetricTarget): readonly FieldError[] {
  return [
    ...(type ? [] : [required(`${field}.type`, 'must specify a metric target type')]),
    ...(['Utilization', 'Value', 'AverageValue'].includes(type) ? [] : [invalid(`${field}.type`, type, 'must be either Utilization, Value, or AverageValue')]),
    ...validatePositive(`${field}.value`, value),
    ...validatePositive(`${field}.averageValue`, averageValue),
    ...(averageUtilization !== undefined && averageUtilization < 1
      ? [invalid(`${field}.averageUtilization`, averageUtilization, 'must be greater than 0')]
      : []),
  ]
}

function validateIdentifier(field: string, { name = '' }: MetricIdentifier): readonly FieldError[] {
  return name ? invalidAll(`${field}.name`, name, isPathSegmentName(name)) : [required(`${field}.name`, 'must specify a metric name')]
}

/** Either a total for the metric, or an average per pod. */
function validateObject(field: string, { describedObject, metric, target }: ObjectMetricSource): readonly FieldError[] {
  const unset = target.value === undefined && target.averageValue === undefined
  return [
    ...validateTargetReference(`${field}.describedObject`, describedObject, { anyGroup: true }),
    ...validateIdentifier(`${field}.metric`, metric),
    ...validateTarget(`${field}.target`, target),
    ...(unset ? [required(`${field}.target.averageValue`, 'must set either a target value or averageValue')] : []),
  ]
}

function validateExternal(field: string, { metric, target }: ExternalMetricSource): readonly FieldError[] {
  const [total, average] = [target.value !== undefined, target.averageValue !== undefined]
  return [
    ...validateIdentifier(`${field}.metric`, metric),
    ...validateTarget(`${field}.target`, target),
    ...(total || average ? [] : [required(`${field}.target.averageValue`, 'must set either a target value for metric or a per-pod target')]),
    ...(total && average ? [forbidden(`${field}.target.value`, 'may not set both a target value for metric and a per-pod target')] : []),
  ]
}

function validatePods(field: string, { metric, target }: PodsMetricSource): readonly FieldError[] {
  return [
    ...validateIdentifier(`${field}.metric`, metric),
    ...validateTarget(`${field}.target`, target),
    ...(target.averageValue === undefined ? [required(`${field}.target.averageValue`, 'must specify a positive target averageValue')] : []),
  ]
}

function validateResourceTarget(field: string, target: MetricTarget): readonly FieldError[] {
  const [share, amount] = [target.averageUtilization !== undefined, target.averageValue !== undefined]
  return [
    ...validateTarget(field, target),
    ...(share || amount ? [] : [required(`${field}.averageUtilization`, 'must set either a target raw value or a target utilization')]),
    ...(share && amount ? [forbidden(`${field}.averageValue`, 'may not set both a target raw value and a target utilization')] : []),
  ]
}

const noResource = (field: string) => required(`${field}.name`, 'must specify a resource name')

const validateResource = (field: string, { name, target }: ResourceMetricSource): readonly FieldError[] => [
  ...(name ? [] : [noResource(field)]),
  ...validateResourceTarget(`${field}.target`, target),
]

const validateContainerResource = (field: string, { name, container, target }: ContainerResourceMetricSource): readonly FieldError[] => [
  ...(name ? validateContainerResourceName(`${field}.name`, name) : [noResource(field)]),
  ...(container ? label(`${field}.container`, container) : [required(`${field}.container`, 'must specify a container')]),
  ...validateResourceTarget(`${field}.target`, target),
]

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource']

/** Sources in the order upstream looks at them; `check` is the rule of that source. */
const sources: readonly {
  readonly name: keyof MetricSpec
  readonly type: string
  readonly check: (field: string, spec: MetricSpec) => readonly FieldError[]
}[] = [
  { name: 'object', type: 'Object', check: (field, { object }) => validateObject(field, object!) },
  { name: 'external', type: 'External', check: (field, { external }) => validateExternal(field, external!) },
  { name: 'pods', type: 'Pods', check: (field, { pods }) => validatePods(field, pods!) },
  { name: 'resource', type: 'Resource', check: (field, { resource }) => validateResource(field, resource!) },
  { name: 'containerResource', type: 'ContainerResource', check: (field, { containerResource }) => validateContainerResource(field, containerResource!) },
]

/** A metric has the one source that its type names; only the first one present is looked into. */
function validateMetric(field: string, spec: MetricSpec): readonly FieldError[] {
  const { type = '' } = spec
  const unknown = types.includes(type) ? [] : [notSupported(`${field}.type`, type, types)]
  const present = sources.filter(({ name }) => spec[name] !== undefined)
  const expected = sources.find((source) => source.type === type)
  const missing = expected && spec[expected.name] === undefined
  return [
    ...(type ? [] : [required(`${field}.type`, 'must specify a metric source type')]),
    ...unknown,
    ...present.slice(0, 1).flatMap(({ name, check }) => check(`${field}.${name}`, spec)),
    ...(missing ? [required(`${field}.${expected.name}`, 'must populate information for the given metric source')] : []),
    // Said once for the value and once for the choice that it makes.
    ...unknown,
    ...(present.length === 1 ? [] : present.filter((source) => source !== expected)).map(({ name }) =>
      forbidden(`${field}.${name}`, 'must populate the given metric source only'),
    ),
  ]
}

/** Without pods there is nothing to measure: then some metric must come from elsewhere. */
export function validateMetrics(field: string, metrics: readonly MetricSpec[], minReplicas: number | undefined): readonly FieldError[] {
  const blind = minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')
  return [
    ...metrics.flatMap((metric, index) => validateMetric(`${field}[${index}]`, metric)),
    ...(blind ? [forbidden(field, 'must specify at least one Object or External metric to support scaling to zero replicas')] : []),
  ]
}
