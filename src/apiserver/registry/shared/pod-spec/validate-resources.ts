// Requests and limits. Source: pkg/apis/core/validation/validation.go (validateResourceRequirements and below).
import type { ResourceClaim, ResourceRequirements } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, notFound, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity, type Quantity } from '../../../../apimachinery/quantity/quantity.ts'
import { isQualifiedName } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, isNegative, label, sortedEntries } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { ownValue } from './own-value.ts'
import {
  hugePagePrefix,
  isDivisibleHugePage,
  isExtendedResource,
  isHugePage,
  isIntegerResource,
  isNativeResource,
  isStandardContainerResource,
  isStandardResource,
  mayOvercommit,
} from './resource-names.ts'

type NameRule = (field: string, name: string) => readonly FieldError[]

export const validateResourceName: NameRule = (field, name) => {
  const errors = invalidAll(field, name, isQualifiedName(name))
  if (errors.length > 0) return errors
  return name.includes('/') || isStandardResource(name) ? [] : [invalid(field, name, 'must be a standard resource type or fully qualified')]
}

export const validateContainerResourceName: NameRule = (field, name) => {
  const errors = validateResourceName(field, name)
  if (!name.includes('/')) return isStandardContainerResource(name) ? errors : [...errors, invalid(field, name, 'must be a standard resource for containers')]
  const follows = isNativeResource(name) || isExtendedResource(name)
  return follows ? errors : [...errors, invalid(field, name, "doesn't follow extended resource name standard")]
}

/** What may be asked for by the pod as a whole. */
export const isPodLevelResource = (name: string) => name === 'cpu' || name === 'memory' || isHugePage(name)

const validatePodResourceName: NameRule = (field, name) => {
  const errors = validateResourceName(field, name)
  if (errors.length > 0 || isPodLevelResource(name)) return errors
  return [notSupported(field, name, ['cpu', hugePagePrefix, 'memory'])]
}

export function validateQuantity(field: string, name: string, quantity: Quantity): readonly FieldError[] {
  return [
    ...(quantity.sign < 0 ? [invalid(field, quantity.toString(), isNegative)] : []),
    ...(isIntegerResource(name) && quantity.milliValue() % 1000n !== 0n ? [invalid(field, quantity.toString(), 'must be an integer')] : []),
  ]
}

function validateHugePage(field: string, name: string, quantity: Quantity, options: PodValidationOptions): readonly FieldError[] {
  if (!isHugePage(name) || options.allowIndivisibleHugePages || isDivisibleHugePage(name, quantity)) return []
  const text = quantity.toString()
  return [invalid(field, text, `${text} is not positive integer multiple of ${name}`)]
}

function validateAgainstLimit(field: string, name: string, request: Quantity, limit: Quantity | undefined): readonly FieldError[] {
  if (!limit) return mayOvercommit(name) ? [] : [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')]
  const order = request.compare(limit)
  const refuse = (relation: string) => [invalid(`${field}.requests`, request.toString(), `must be ${relation} ${name} limit of ${limit.toString()}`)]
  if (order !== 0 && !mayOvercommit(name)) return refuse('equal to')
  return order > 0 ? refuse('less than or equal to') : []
}

/** A claim may be named whole, or by several of its requests. */
function validateClaims(field: string, claims: readonly ResourceClaim[], podClaims: ReadonlySet<string>): readonly FieldError[] {
  const seen = new Set<string>()
  return claims.flatMap(({ name, request }, index) => {
    const path = `${field}[${index}]`
    if (!name) return [required(path)]
    const errors: FieldError[] = []
    const key = request ? `${name}/${request}` : name
    if (seen.has(name)) errors.push(duplicate(path, name))
    else {
      if (request) errors.push(...label(`${path}.request`, request))
      if (seen.has(key)) errors.push(duplicate(path, key))
      else if (!request) errors.push(...[...seen].filter((other) => other.startsWith(`${name}/`)).map(() => duplicate(path, name)))
      seen.add(key)
    }
    if (!podClaims.has(name)) {
      const known = podClaims.size === 0 ? ' which is empty' : `: ${[...podClaims].toSorted().join(', ')}`
      errors.push(notFound(path, name, `must be one of the names in pod.spec.resourceClaims${known}`))
    }
    return errors
  })
}

function validateRequirements(
  field: string,
  { limits, requests, claims = [] }: ResourceRequirements,
  nameRule: NameRule,
  podClaims: ReadonlySet<string>,
  options: PodValidationOptions,
): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [name, text] of sortedEntries(limits)) {
    const path = `${field}.limits[${name}]`
    const quantity = parseQuantity(text)
    errors.push(...nameRule(path, name), ...validateQuantity(path, name, quantity), ...validateHugePage(path, name, quantity, options))
  }
  for (const [name, text] of sortedEntries(requests)) {
    const path = `${field}.requests[${name}]`
    const quantity = parseQuantity(text)
    const limit = ownValue(limits, name)
    errors.push(...nameRule(path, name), ...validateQuantity(path, name, quantity))
    errors.push(...validateAgainstLimit(field, name, quantity, limit === undefined ? undefined : parseQuantity(limit)))
    errors.push(...validateHugePage(path, name, quantity, options))
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})]
  if (names.some(isHugePage) && !names.includes('cpu') && !names.includes('memory')) errors.push(forbidden(field, 'HugePages require cpu or memory'))
  return [...errors, ...validateClaims(`${field}.claims`, claims, podClaims)]
}

export const validateContainerResources = (
  field: string,
  resources: ResourceRequirements | undefined,
  podClaims: ReadonlySet<string>,
  options: PodValidationOptions,
) => validateRequirements(field, resources ?? {}, validateContainerResourceName, podClaims, options)

export const validatePodRequirements = (field: string, resources: ResourceRequirements, podClaims: ReadonlySet<string>, options: PodValidationOptions) =>
  validateRequirements(field, resources, validatePodResourceName, podClaims, options)
