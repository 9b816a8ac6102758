// The scalars of YAML as kubectl and the API server read them: YAML 1.1 with Go's numbers, dates as texts, no base 60.
// Source: sigs.k8s.io/yaml 1.6 goyaml.v2/resolve.go.
import { defineMappingTag, defineScalarTag, mergeTag, NOT_RESOLVED, Schema, seqTag, strTag } from 'js-yaml'
import { isObject, isRaw, setMember } from '../../json-equal.ts'
import type { JsonObject, JsonValue } from '../../json-value.ts'
import { integerToJson } from '../raw-json.ts'

const isScalar = () => false

const nullTag = defineScalarTag<null>('tag:yaml.org,2002:null', {
  implicit: true,
  implicitFirstChars: ['', '~', 'n', 'N'],
  resolve: (source) => (/^(?:|~|null|Null|NULL)$/.test(source) ? null : NOT_RESOLVED),
  identify: isScalar,
})

const boolTag = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: 'yYnNtTfFoO'.split(''),
  resolve(source) {
    if (/^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(source)) return true
    return /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(source) ? false : NOT_RESOLVED
  },
  identify: isScalar,
})

const numberStart = '+-.0123456789'.split('')
const uint64Max = 2n ** 64n - 1n
const int64Min = -(2n ** 63n)

const intTag = defineScalarTag<JsonValue>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: numberStart,
  resolve: (source) => resolveInt(source.replaceAll('_', '')) ?? NOT_RESOLVED,
  identify: isScalar,
})

/** Octal is `0644` and `0o644`; what exceeds 64 bits is a float. */
function resolveInt(source: string): JsonValue | undefined {
  const match = /^([-+]?)(?:(0[xX][0-9a-fA-F]+|0[bB][01]+)|0[oO]?([0-7]+)|([1-9][0-9]{0,19}|0))$/.exec(source)
  if (!match) return undefined
  const [, sign, prefixed, octal, decimal] = match
  const magnitude = BigInt(prefixed?.toLowerCase() ?? (octal === undefined ? decimal! : `0o${octal}`))
  const value = sign === '-' ? -magnitude : magnitude
  return value >= int64Min && value <= uint64Max ? integerToJson(value) : undefined
}

const floatTag = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: numberStart,
  resolve(source) {
    const plain = source.replaceAll('_', '')
    if (source.startsWith('._')) return NOT_RESOLVED
    if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain)) {
      const value = Number(plain)
      return Number.isFinite(value) ? value : NOT_RESOLVED
    }
    if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(plain)) throw new Error(`json: unsupported value: ${plain}`)
    return NOT_RESOLVED
  },
  identify: isScalar,
})

/** Of a key that is none. */
const shownCharsMax = 4096

/** A value in Go's syntax (`%#v`), as the YAML library holds it. */
function goSyntax(value: JsonValue): string {
  if (value === null) return 'interface {}(nil)'
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (!isObject(value)) return isRaw(value) ? value.rawJSON : JSON.stringify(value)
  const members = Object.keys(value).sort()
  return `map[interface {}]interface {}{${members.map((key) => `${JSON.stringify(key)}:${goSyntax(value[key]!)}`).join(', ')}}`
}

/** Keys are texts in JSON: numbers and booleans are written as such. */
function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'boolean') return String(key)
  return isRaw(key) ? key.rawJSON : undefined
}

const mapTag = defineMappingTag<JsonObject>('tag:yaml.org,2002:map', {
  create: () => ({}),
  addPair(map, key, value) {
    const text = keyText(key)
    if (text === undefined) return key === null ? 'unsupported map key' : `invalid map key: ${goSyntax(key as JsonValue).slice(0, shownCharsMax)}`
    setMember(map, text, value as JsonValue)
    return ''
  },
  has: (map, key) => Object.hasOwn(map, keyText(key) ?? ''),
  keys: (map) => Object.keys(map),
  get: (map, key) => (Object.hasOwn(map, key as string) ? map[key as string] : null),
  identify: isScalar,
})

/** Bytes as a text: JSON knows no others. */
const binaryTag = defineScalarTag<string>('tag:yaml.org,2002:binary', {
  resolve(source) {
    const base64 = source.replaceAll(/[\r\n]/g, '')
    if (base64.length % 4 > 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new Error('yaml: !!binary value contains invalid base64 data')
    return Buffer.from(base64, 'base64').toString()
  },
  identify: isScalar,
})

export const kubernetesYaml = new Schema([strTag, nullTag, boolTag, intTag, floatTag, binaryTag, mergeTag, seqTag, mapTag])

/** What a plain text is, as {@link kubernetesYaml} reads it: its short tag. @throws {Error} for numbers that JSON does not know */
export function implicitTag(source: string): 'null' | 'bool' | 'int' | 'float' | 'str' {
  if (nullTag.resolve(source, true, '') !== NOT_RESOLVED) return 'null'
  if (boolTag.resolve(source, true, '') !== NOT_RESOLVED) return 'bool'
  if (intTag.resolve(source, true, '') !== NOT_RESOLVED) return 'int'
  return floatTag.resolve(source, true, '') === NOT_RESOLVED ? 'str' : 'float'
}
