// Expressions that select devices: `device.driver == 'gpu.example.com' && device.attributes['gpu.example.com'].memory ...`.
// Source: k8s.io/dynamic-resource-allocation/cel/compile.go.
import type { Steps } from '../../util/steps.ts'
import { parseQuantity } from '../../apimachinery/quantity/quantity.ts'
import { estimateCost } from '../cost/estimate-cost.ts'
import type { SizeEstimator } from '../cost/estimates.ts'
import { bindingsLibrary } from '../library/bindings.ts'
import { anyType, boolType, dynType, mapType, objectType, stringType } from '../types/cel-type.ts'
import { CelError, type CelInt, type CelMap, type CelValue, int } from '../values/value.ts'
import { activationOf } from '../interpreter/program.ts'
import { baseEnvironment } from './environment.ts'
import { type CompiledExpression, declaredName, type ExpressionCompilation, expressionInSteps } from './expression.ts'
import { evaluationLimits } from './limits.ts'
import { quantityValue } from './library/quantity.ts'
import { semverValue } from './library/semver.ts'
import { textMap } from './library/text-map.ts'
import { parseSemver } from './parse/semver.ts'
import { quantityType } from './types.ts'

/** An expression may cost this much on one device: about 10 ms of upstream's time. */
const selectorCostLimit = 1_000_000

const attributesType = mapType(stringType, mapType(stringType, anyType))
const deviceType = objectType('kubernetes.DRADevice', [
  ['driver', stringType],
  ['attributes', attributesType],
  ['capacity', mapType(stringType, mapType(stringType, quantityType))],
  ['allowMultipleAllocations', boolType],
])

const environment = baseEnvironment.extend({ libraries: [bindingsLibrary], variables: [{ name: 'device', type: deviceType }] })

/** Selectors must yield a bool, or something that is only known when it runs. */
export function compileDeviceSelector(source: string): Steps<ExpressionCompilation> {
  return expressionInSteps(environment, source, {
    wanted: [boolType, dynType, anyType],
    complain: ([bool], got) => `must evaluate to ${declaredName(bool!)} or the unknown type, not ${declaredName(got)}`,
  })
}

/** Of what the API lets drivers publish: entries of the maps, characters of their keys and values. */
const entriesMax = 32
const sizesMax: ReadonlyMap<string, number> = new Map([
  ['device.driver', 63],
  ['device.attributes', entriesMax],
  ['device.attributes.@keys', 63],
  ['device.attributes.@values', entriesMax],
  ['device.attributes.@values.@keys', 32],
  ['device.attributes.@values.@values', 64],
  ['device.capacity', entriesMax],
  ['device.capacity.@keys', 63],
  ['device.capacity.@values', entriesMax],
  ['device.capacity.@values.@keys', 32],
  ['device.capacity.@values.@values', 0],
])

const deviceSizes: SizeEstimator = {
  estimateSize({ path }) {
    if (path?.[0] !== 'device') return undefined
    // An attribute's name is as good as any: `device.attributes["x"].name`.
    const known = path.slice(1).map((step, i) => (i === 2 && !step.startsWith('@') && path[1] === 'attributes' ? '@values' : step))
    const max = sizesMax.get(['device', ...known].join('.'))
    return max === undefined ? undefined : { min: 0, max }
  },
}

/** Whether it may cost more than it is allowed to, before it has seen a device. */
export const isTooComplex = ({ ast }: CompiledExpression): boolean => estimateCost(environment, ast, deviceSizes).max > selectorCostLimit

/** A device as its driver publishes it (resource.k8s.io Device). */
export interface SelectableDevice {
  readonly driver: string
  readonly allowMultipleAllocations?: boolean
  readonly attributes?: Readonly<
    Record<string, { readonly int?: number | bigint; readonly bool?: boolean; readonly string?: string; readonly version?: string }>
  >
  readonly capacity?: Readonly<Record<string, { readonly value: string }>>
}

/** Values by domain and name; a domain that the device does not have is an empty one. */
function byDomain<T>(driver: string, values: Readonly<Record<string, T>>, of: (value: T) => CelValue): CelMap {
  const domains = new Map<string, Map<string, CelValue>>()
  for (const [name, value] of Object.entries(values)) {
    const slash = name.indexOf('/')
    const domain = slash < 0 ? driver : name.slice(0, slash)
    const known = domains.get(domain) ?? new Map<string, CelValue>()
    known.set(name.slice(slash + 1), of(value))
    domains.set(domain, known)
  }
  return textMap(new Map([...domains].map(([domain, names]) => [domain, textMap(names)])), textMap(new Map()))
}

type Attribute = NonNullable<SelectableDevice['attributes']>[string]

function attributeValue({ int: number, bool, string, version }: Attribute): CelValue {
  if (number !== undefined) return int(BigInt(number)) satisfies CelInt
  if (bool !== undefined) return bool
  if (string !== undefined) return string
  if (version !== undefined) return semverValue(parseSemver(version))
  throw new CelError('unsupported attribute value')
}

function deviceValue({ driver, attributes = {}, capacity = {}, allowMultipleAllocations = false }: SelectableDevice): CelValue {
  return textMap(
    new Map<string, CelValue>([
      ['driver', driver],
      ['attributes', byDomain(driver, attributes, attributeValue)],
      ['capacity', byDomain(driver, capacity, ({ value }) => quantityValue(parseQuantity(value)))],
      ['allowMultipleAllocations', allowMultipleAllocations],
    ]),
  )
}

/** Whether a device is one of those; a text says why it could not be told. */
export function deviceMatches(selector: ExpressionCompilation, device: SelectableDevice): boolean | string {
  if (!selector.ok) return selector.error.detail
  const result = selector.program.evaluate(activationOf([['device', deviceValue(device)]]), evaluationLimits(selectorCostLimit))
  if (!result.ok) return result.error.message
  return typeof result.value === 'boolean' ? result.value : 'CEL result could not be converted to bool'
}
