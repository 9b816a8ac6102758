// Values that are not objects of fields: scalars, and types with a JSON form of their own.
// Each walker gives the canonical value. null means what it means to Go: nothing, so the zero value.
import { canonicalQuantity } from '../quantity/quantity.ts'
import { formatDuration, parseDuration } from '../duration/duration.ts'
import type { JsonValue } from '../json-value.ts'
import { canonicalTime, isZeroTime, type TimePrecision } from '../time/rfc3339.ts'
import { canonicalBase64 } from './base64.ts'
import { int64Of, isRawJson } from './raw-json.ts'
import type { Visit } from './visit.ts'

/** @param value never undefined */
export type Walk = (value: JsonValue, visit: Visit) => JsonValue

export interface Leaf {
  readonly walk: Walk
  /** How Go writes a zero value that is no pointer. */
  readonly zero: JsonValue
  /** The zero value counts as empty for `omitempty`; structs never do. */
  readonly omittable: boolean
}

export const int32Max = 2 ** 31 - 1
export const int64Limit = 2 ** 63

function walkInteger(goType: 'int32' | 'int64'): Walk {
  const fits = goType === 'int32' ? (n: number) => n >= -int32Max - 1 && n <= int32Max : (n: number) => n >= -int64Limit && n < int64Limit
  return (value, visit) => {
    if (typeof value === 'number') {
      if (Number.isInteger(value) && fits(value)) return value + 0 || 0
      visit.misfit(String(value), goType)
    } else if (isRawJson(value)) {
      if (goType === 'int64' && int64Of(value) !== undefined) return value
      visit.misfit(value.rawJSON, goType)
    } else if (value !== null) visit.mismatch(value, goType)
    return 0
  }
}

const walkString: Walk = (value, visit) => {
  if (typeof value === 'string') return value
  if (value !== null) visit.mismatch(value, 'string')
  return ''
}

const walkBool: Walk = (value, visit) => {
  if (typeof value === 'boolean') return value
  if (value !== null) visit.mismatch(value, 'bool')
  return false
}

const walkDouble: Walk = (value, visit) => {
  if (typeof value === 'number') return value
  if (isRawJson(value)) return Number(value.rawJSON)
  if (value !== null) visit.mismatch(value, 'float64')
  return 0
}

const walkBytes: Walk = (value, visit) => {
  if (typeof value === 'string') return canonicalBase64(value, visit)
  if (value !== null) visit.mismatch(value, '[]uint8')
  return null
}

const walkQuantity: Walk = (value, visit) => {
  if (value === null) return '0'
  const text = typeof value === 'string' ? value : isRawJson(value) ? value.rawJSON : JSON.stringify(value)
  return reported(visit, () => canonicalQuantity(text.trim()))
}

const walkIntOrString: Walk = (value, visit) => {
  if (typeof value === 'string') return value
  if (value === null) return 0
  if (typeof value !== 'number') return isRawJson(value) ? visit.failMisfit(value.rawJSON, 'int32') : visit.failMismatch(value, 'int32')
  return Number.isInteger(value) && Math.abs(value + 0.5) <= int32Max + 0.5 ? value + 0 || 0 : visit.failMisfit(String(value), 'int32')
}

function walkTime(precision: TimePrecision): Walk {
  return (value, visit) => {
    if (value === null) return null
    if (typeof value !== 'string') return visit.failMismatch(value, 'string')
    const time = reported(visit, () => canonicalTime(value, precision))
    return isZeroTime(time) ? null : time
  }
}

const walkDuration: Walk = (value, visit) => {
  if (typeof value !== 'string' && value !== null) return visit.failMismatch(value, 'string')
  return reported(visit, () => formatDuration(parseDuration(value ?? '')))
}

const walkAsIs: Walk = (value) => value

function reported(visit: Visit, parse: () => string): string {
  try {
    return parse()
  } catch (error) {
    return visit.fail((error as Error).message)
  }
}

const asIs: Leaf = { walk: walkAsIs, zero: null, omittable: false }
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** By type name of the schema table. */
export const leaves: ReadonlyMap<string, Leaf> = new Map<string, Leaf>([
  ['string', { walk: walkString, zero: '', omittable: true }],
  ['bool', { walk: walkBool, zero: false, omittable: true }],
  ['int32', { walk: walkInteger('int32'), zero: 0, omittable: true }],
  ['int64', { walk: walkInteger('int64'), zero: 0, omittable: true }],
  ['double', { walk: walkDouble, zero: 0, omittable: true }],
  ['bytes', { walk: walkBytes, zero: null, omittable: true }],
  ['any', { walk: walkAsIs, zero: null, omittable: true }],
  ['io.k8s.apimachinery.pkg.api.resource.Quantity', { walk: walkQuantity, zero: '0', omittable: false }],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', { walk: walkIntOrString, zero: 0, omittable: false }],
  [`${meta}.Time`, { walk: walkTime('seconds'), zero: null, omittable: false }],
  [`${meta}.MicroTime`, { walk: walkTime('micro'), zero: null, omittable: false }],
  [`${meta}.Duration`, { walk: walkDuration, zero: '0s', omittable: false }],
  [`${meta}.FieldsV1`, asIs],
  ['io.k8s.apimachinery.pkg.runtime.RawExtension', asIs],
  ['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON', asIs],
])
