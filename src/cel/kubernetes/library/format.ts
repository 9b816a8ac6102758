// `format.dns1123Label().validate(name)`. Source: k8s.io/apiserver pkg/cel/library/format.go.
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isLabelValue, isQualifiedName, maskTrailingDash } from '../../../apimachinery/validation/names.ts'
import type { Library } from '../../declarations.ts'
import { listType, optionalType, stringType } from '../../types/cel-type.ts'
import { ArrayList } from '../../values/collections.ts'
import { CelOptional } from '../../values/value.ts'
import { parseRequestUri, UrlError } from '../parse/go-url.ts'
import { formatType } from '../types.ts'
import { functions, global, member, opaque, textOf } from './opaque.ts'

export interface Format {
  readonly name: string
  /** What is wrong with a text. */
  readonly validate: (text: string) => readonly string[]
  /** Characters of the regular expression that it might be, for its cost. */
  readonly regexSizeMax: number
}

function uriErrors(text: string): readonly string[] {
  try {
    parseRequestUri(text)
    return []
  } catch (error) {
    if (error instanceof UrlError) return [error.message]
    throw error
  }
}

const matching = (pattern: RegExp, complaint: string) => (text: string) => (pattern.test(text) ? [] : [complaint])
const prefixed = (validate: (text: string) => readonly string[]) => (text: string) => validate(maskTrailingDash(text))

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/
const datePattern = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/
const dateTimePattern = /^([0-9]{4}-[0-9]{2}-[0-9]{2})t([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]+)?(z|[+-][0-9]{2}:[0-9]{2})$/i

function isDate(text: string): boolean {
  const match = datePattern.exec(text)
  if (!match) return false
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number]
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function isDateTime(text: string): boolean {
  const match = dateTimePattern.exec(text)
  if (!match || !isDate(match[1]!)) return false
  const [hours, minutes, seconds] = match.slice(2, 5).map(Number) as [number, number, number]
  return hours < 24 && minutes < 60 && seconds < 60
}

/** By the names of their functions: `format.uuid()`. The numbers are upstream's. */
const formats: ReadonlyMap<string, Format> = new Map(
  Object.entries({
    dns1123Label: { name: 'DNS1123Label', validate: isDns1123Label, regexSizeMax: 30 },
    dns1123Subdomain: { name: 'DNS1123Subdomain', validate: isDns1123Subdomain, regexSizeMax: 60 },
    dns1035Label: { name: 'DNS1035Label', validate: isDns1035Label, regexSizeMax: 30 },
    qualifiedName: { name: 'QualifiedName', validate: isQualifiedName, regexSizeMax: 60 },
    dns1123LabelPrefix: { name: 'DNS1123LabelPrefix', validate: prefixed(isDns1123Label), regexSizeMax: 30 },
    dns1123SubdomainPrefix: { name: 'DNS1123SubdomainPrefix', validate: prefixed(isDns1123Subdomain), regexSizeMax: 60 },
    dns1035LabelPrefix: { name: 'DNS1035LabelPrefix', validate: prefixed(isDns1035Label), regexSizeMax: 30 },
    labelValue: { name: 'LabelValue', validate: isLabelValue, regexSizeMax: 40 },
    uri: { name: 'URI', validate: uriErrors, regexSizeMax: 1187 },
    uuid: { name: 'uuid', validate: matching(uuid, 'does not match the UUID format'), regexSizeMax: 83 },
    byte: { name: 'byte', validate: matching(base64, 'invalid base64'), regexSizeMax: 102 },
    date: { name: 'date', validate: (text) => (isDate(text) ? [] : ['invalid date']), regexSizeMax: 86 },
    datetime: { name: 'datetime', validate: (text) => (isDateTime(text) ? [] : ['invalid datetime']), regexSizeMax: 86 },
  } satisfies Record<string, Format>),
)

const { of, value } = opaque<Format>(formatType, (a, b) => a.name === b.name)

function validate(format: Format, text: string): CelOptional {
  const complaints = format.validate(text)
  return complaints.length > 0 ? CelOptional.of(new ArrayList(complaints)) : CelOptional.none
}

function named(name: string): CelOptional {
  const format = formats.get(name)
  return format ? CelOptional.of(of(format)) : CelOptional.none
}

export const formatLibrary: Library = {
  name: 'kubernetes.format',
  types: [formatType],
  functions: functions({
    validate: [
      member('format-validate', [formatType, stringType], optionalType(listType(stringType)), (format, text) => validate(value(format), textOf(text))),
    ],
    'format.named': [global('format-named', [stringType], optionalType(formatType), (name) => named(textOf(name)))],
    ...Object.fromEntries([...formats].map(([name, format]) => [`format.${name}`, [global(`format.${name}`, [], formatType, () => of(format))]])),
  }),
}
