// What a claim asks for. Source: pkg/apis/resource/validation/validation.go (validateDeviceClaim).
import type { DeviceClaim, DeviceRequest, DeviceSubRequest, ExactDeviceRequest } from '../../../api/resource/v1.ts'
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../../apimachinery/field-errors.ts'
import { isDns1123Label } from '../../../apimachinery/validation/names.ts'
import { flatMapSteps, type Steps } from '../../../util/steps.ts'
import { invalidAll, notPositive, subdomain } from '../shared/pod-spec/invalid-values.ts'
import { validateConfiguration, validateDeviceTolerations, validateFullyQualifiedName, validateSelectors } from './validate-parts.ts'

const requestsMax = 32
const subRequestsMax = 8
const constraintsMax = 32
const configsMax = 32
const modes = ['All', 'ExactCount']
const unknownRequest = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"

function validateAmount(at: string, { allocationMode, count = 0 }: ExactDeviceRequest | DeviceSubRequest): readonly FieldError[] {
  if (allocationMode === 'All') return count === 0 ? [] : [invalid(`${at}.count`, count, "must not be specified when allocationMode is 'All'")]
  if (allocationMode === 'ExactCount') return count > 0 ? [] : [invalid(`${at}.count`, count, notPositive)]
  return [notSupported(`${at}.allocationMode`, allocationMode ?? '', modes)]
}

function* validateExactly(at: string, request: ExactDeviceRequest | DeviceSubRequest): Steps<readonly FieldError[]> {
  const { deviceClassName, selectors, tolerations } = request
  return [
    ...(deviceClassName ? subdomain(`${at}.deviceClassName`, deviceClassName) : [required(`${at}.deviceClassName`)]),
    ...(yield* validateSelectors(`${at}.selectors`, selectors)),
    ...validateAmount(at, request),
    ...validateDeviceTolerations(`${at}.tolerations`, tolerations),
  ]
}

/** Once the members are checked, so are their names against each other. */
export const validateUnique = (field: string, names: readonly string[]): readonly FieldError[] =>
  names.flatMap((name, i) => (names.indexOf(name) < i ? [duplicate(`${field}[${i}]`, name)] : []))

function* validateAlternatives(field: string, alternatives: readonly DeviceSubRequest[]): Steps<readonly FieldError[]> {
  if (alternatives.length > subRequestsMax) return [tooMany(field, alternatives.length, subRequestsMax)]
  const names = alternatives.map(({ name }) => name ?? '')
  return [
    ...(yield* flatMapSteps(alternatives, function* (alternative, i): Steps<readonly FieldError[]> {
      const at = `${field}[${i}]`
      return [...invalidAll(`${at}.name`, names[i], isDns1123Label(names[i]!)), ...(yield* validateExactly(at, alternative))]
    })),
    ...validateUnique(field, names),
  ]
}

function* validateRequest(at: string, { name = '', exactly, firstAvailable = [] }: DeviceRequest): Steps<readonly FieldError[]> {
  const errors = [...invalidAll(`${at}.name`, name, isDns1123Label(name))]
  const oneOf = 'exactly one of `exactly` or `firstAvailable` is required'
  if (exactly && firstAvailable.length > 0) return [...errors, invalid(at, null, `${oneOf}, but multiple fields are set`)]
  if (exactly) return [...errors, ...(yield* validateExactly(`${at}.exactly`, exactly))]
  if (firstAvailable.length > 0) return [...errors, ...(yield* validateAlternatives(`${at}.firstAvailable`, firstAvailable))]
  return [...errors, required(at, oneOf)]
}

/** Names by which requests can be referred to: `request` and `request/alternative`. */
export function requestNames({ requests }: DeviceClaim): ReadonlySet<string> {
  return new Set((requests ?? []).flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((alternative) => `${name}/${alternative.name}`)]))
}

export const validateRequestName = (field: string, name: string, known: ReadonlySet<string>): readonly FieldError[] =>
  name.split('/').length > 2
    ? [invalid(field, name, unknownRequest)]
    : [...name.split('/').flatMap((part) => invalidAll(field, part, isDns1123Label(part))), ...(known.has(name) ? [] : [invalid(field, name, unknownRequest)])]

export function validateRequestNames(field: string, names: readonly string[] = [], known: ReadonlySet<string>): readonly FieldError[] {
  if (names.length > requestsMax) return [tooMany(field, names.length, requestsMax)]
  return [...names.flatMap((name, i) => validateRequestName(`${field}[${i}]`, name, known)), ...validateUnique(field, names)]
}

function validateConstraints(field: string, { constraints = [] }: DeviceClaim, known: ReadonlySet<string>): readonly FieldError[] {
  if (constraints.length > constraintsMax) return [tooMany(field, constraints.length, constraintsMax)]
  return constraints.flatMap(({ requests, matchAttribute: match, distinctAttribute: distinct }, i) => {
    const at = `${field}[${i}]`
    const errors = [...validateRequestNames(`${at}.requests`, requests, known)]
    const oneOf = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'
    if (match !== undefined) return [...errors, ...validateFullyQualifiedName(`${at}.matchAttribute`, match)]
    if (distinct !== undefined) return [...errors, ...validateFullyQualifiedName(`${at}.distinctAttribute`, distinct)]
    return [...errors, required(at, oneOf)]
  })
}

/** @param field of the spec */
export function* validateDeviceClaim(field: string, devices: DeviceClaim): Steps<readonly FieldError[]> {
  const requests = devices.requests ?? []
  const configs = devices.config ?? []
  const names = requests.map(({ name }) => name ?? '')
  const known = requestNames(devices)
  const at = `${field}.devices`
  return [
    ...(requests.length > requestsMax
      ? [tooMany(`${at}.requests`, requests.length, requestsMax)]
      : [...(yield* flatMapSteps(requests, (request, i) => validateRequest(`${at}.requests[${i}]`, request))), ...validateUnique(`${at}.requests`, names)]),
    ...validateConstraints(`${at}.constraints`, devices, known),
    ...(configs.length > configsMax
      ? [tooMany(`${at}.config`, configs.length, configsMax)]
      : configs.flatMap((config, i) => [
          ...validateRequestNames(`${at}.config[${i}].requests`, config.requests, known),
          ...validateConfiguration(`${at}.config[${i}]`, config),
        ])),
  ]
}

/** One device, when nothing is said. */
export function deviceClaimDefaults(devices: { requests?: { exactly?: Amount; firstAvailable?: Amount[] }[] } | undefined): void {
  for (const { exactly, firstAvailable } of devices?.requests ?? []) {
    for (const request of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]) {
      request.allocationMode ??= 'ExactCount'
      if (request.allocationMode === 'ExactCount') request.count ||= 1
    }
  }
}

interface Amount {
  allocationMode?: 'All' | 'ExactCount'
  count?: number
}
