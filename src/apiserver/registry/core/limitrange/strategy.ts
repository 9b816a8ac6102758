// LimitRanges. Source: pkg/registry/core/limitrange/strategy.go, pkg/apis/core/validation/validation.go (ValidateLimitRange).
import { randomUUID } from 'node:crypto'
import type { LimitRange, LimitRangeItem } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { newQuantity, parseQuantity, type Quantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { invalidAll } from '../../shared/pod-spec/invalid-values.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'
import { mayOvercommit } from '../../shared/pod-spec/resource-names.ts'
import { validateContainerResourceName, validateResourceName } from '../../shared/pod-spec/validate-resources.ts'
import { limitRangeDefaults } from './defaults.ts'

const standardTypes: ReadonlySet<string> = new Set(['Pod', 'Container', 'PersistentVolumeClaim'])
const one = newQuantity(1)
/** Beyond this, thousandths do not fit into 64 bits. */
const milliMax = (1n << 63n) / 1000n

function validateType(field: string, type: string): readonly FieldError[] {
  const errors = invalidAll(field, type, isQualifiedName(type))
  if (errors.length > 0) return errors
  return type.includes('/') || standardTypes.has(type) ? [] : [invalid(field, type, 'must be a standard limit type or fully qualified')]
}

/** max / min and the ratio, both in thousandths where they fit. */
function ratioIsTooHigh(ratio: Quantity, min: Quantity, max: Quantity): number | undefined {
  const fits = [ratio, min, max].every((quantity) => quantity.value() < milliMax)
  const limit = fits ? Number(max.milliValue()) / Number(min.milliValue()) : Number(max.value()) / Number(min.value())
  const wanted = fits ? Number(ratio.milliValue()) / 1000 : Number(ratio.value())
  return wanted > limit ? limit : undefined
}

/** How the amounts of one resource relate. */
function validateAmounts(field: string, item: LimitRangeItem, name: string): readonly FieldError[] {
  const read = (amounts: { readonly [name: string]: string } | undefined) => {
    const text = ownValue(amounts, name)
    return text === undefined ? undefined : parseQuantity(text)
  }
  const [min, max, ratio] = [read(item.min), read(item.max), read(item.maxLimitRequestRatio)]
  const [limit, request] = item.type === 'Pod' ? [] : [read(item.default), read(item.defaultRequest)]
  const errors: FieldError[] = []
  const order = (what: string, low: Quantity | undefined, lowName: string, high: Quantity | undefined, highName: string, shown: Quantity | undefined) => {
    if (low && high && low.compare(high) > 0) {
      errors.push(invalid(`${field}.${what}[${name}]`, shown, `${lowName} value ${low.toString()} is greater than ${highName} value ${high.toString()}`))
    }
  }
  order('min', min, 'min', max, 'max', min)
  order('defaultRequest', min, 'min', request, 'default request', request)
  order('defaultRequest', request, 'default request', max, 'max', request)
  order('defaultRequest', request, 'default request', limit, 'default limit', request)
  order('default', min, 'min', limit, 'default', min)
  order('default', limit, 'default', max, 'max', max)
  const ratioField = `${field}.maxLimitRequestRatio[${name}]`
  if (ratio && ratio.compare(one) < 0) errors.push(invalid(ratioField, ratio, `ratio ${ratio.toString()} is less than 1`))
  const ratioLimit = ratio && min && max ? ratioIsTooHigh(ratio, min, max) : undefined
  if (ratio && ratioLimit !== undefined) errors.push(invalid(ratioField, ratio, `ratio ${ratio.toString()} is greater than max/min = ${ratioLimit.toFixed(6)}`))
  if (!mayOvercommit(name) && limit && request && !limit.equals(request)) {
    errors.push(
      invalid(
        `${field}.defaultRequest[${name}]`,
        request,
        `default value ${limit.toString()} must equal to defaultRequest value ${request.toString()} in ${name}`,
      ),
    )
  }
  return errors
}

function validateItem(field: string, item: LimitRangeItem): readonly FieldError[] {
  const isPod = item.type === 'Pod'
  const nameRule = isPod || item.type === 'Container' ? validateContainerResourceName : validateResourceName
  const names = (what: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio') => Object.keys(item[what] ?? {}).toSorted()
  const check = (what: Parameters<typeof names>[0]) => names(what).flatMap((name) => nameRule(`${field}.${what}[${name}]`, name))
  const notForPods = (what: 'default' | 'defaultRequest') =>
    names(what).length > 0 ? [forbidden(`${field}.${what}`, "may not be specified when `type` is 'Pod'")] : []
  const isUnboundedClaim = item.type === 'PersistentVolumeClaim' && ![item.min, item.max].some((amounts) => ownValue(amounts, 'storage') !== undefined)
  const ofDefaults = isPod ? [] : [...names('default'), ...names('defaultRequest')]
  const all = [...new Set([...names('max'), ...names('min'), ...ofDefaults, ...names('maxLimitRequestRatio')])].toSorted()
  return [
    ...check('max'),
    ...check('min'),
    ...(isPod ? [...notForPods('default'), ...notForPods('defaultRequest')] : [...check('default'), ...check('defaultRequest')]),
    ...(isUnboundedClaim ? [required(`${field}.limits`, 'either minimum or maximum storage value is required, but neither was provided')] : []),
    ...check('maxLimitRequestRatio'),
    ...all.flatMap((name) => validateAmounts(field, item, name)),
  ]
}

function validate({ spec }: LimitRange): readonly FieldError[] {
  const limits = spec?.limits ?? []
  return limits.flatMap((item, i) => {
    const field = `spec.limits[${i}]`
    const { type = '' } = item
    const repeated = limits.findIndex((other) => (other.type ?? '') === type) < i
    return [...validateType(`${field}.type`, type), ...(repeated ? [duplicate(`${field}.type`, type)] : []), ...validateItem(field, item)]
  })
}

export const limitRangeStrategy: Strategy<LimitRange> = {
  allowCreateOnUpdate: true,
  metadataChecksOnUpdate: ['whole'],
  defaults: limitRangeDefaults,
  canonicalize: ({ spec }) => emptyAsNull(spec, 'limits'),
  /** Unlike any other object, it needs no name. */
  prepareForCreate(_, { metadata }) {
    metadata.name ||= randomUUID()
  },
  validate: (_, range) => validate(range),
  validateUpdate: (_, range) => validate(range),
}
