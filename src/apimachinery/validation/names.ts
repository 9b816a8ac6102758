// Formats of names and values. Each function returns what is wrong, in upstream's words; empty when nothing is.
// Source: k8s.io/apimachinery pkg/util/validation/validation.go, pkg/api/validate/content. The latter's limits are in "bytes",
// the former's in "characters"; both count bytes.
import { isPrintable } from '../go-quote.ts'

export type Messages = readonly string[]

const utf8 = new TextEncoder()
/** Length as Go counts it. */
export const byteLength = (text: string) => (/^[\0-\x7f]*$/.test(text) ? text.length : utf8.encode(text).length)

/** `<what> (e.g. 'a',  or 'b', regex used for validation is '...')`. */
export function regexError(what: string, format: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${what} (regex used for validation is '${format}')`
  return `${what} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${format}')`
}

export const maxLengthError = (max: number, unit: 'bytes' | 'characters' = 'characters') => `must be no more than ${max} ${unit}`
export const inclusiveRangeError = (low: number, high: number) => `must be between ${low} and ${high}, inclusive`
export const emptyError = 'must be non-empty'

interface Format {
  readonly format: string
  readonly what: string
  readonly examples: readonly string[]
  readonly bytesMax?: number
  readonly unit?: 'bytes' | 'characters'
}

/** A checker of one regular format with a limit. The regular expressions are ours, never a user's, and linear. */
function checker({ format, what, examples, bytesMax = Infinity, unit = 'characters' }: Format): (value: string) => Messages {
  const pattern = new RegExp(`^${format}$`)
  const wrong = regexError(what, format, ...examples)
  return (value) => {
    if (value.length <= bytesMax && pattern.test(value)) return []
    return [...(byteLength(value) > bytesMax ? [maxLengthError(bytesMax, unit)] : []), ...(pattern.test(value) ? [] : [wrong])]
  }
}

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`
const underscoreLabelFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const subdomain = {
  format: subdomainFormat,
  what: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ['example.com'],
  bytesMax: 253,
}

/** A DNS subdomain: the name of most objects. */
export const isDns1123Subdomain = checker(subdomain)

/** A prefix of names may end in a dash: something follows. Source: pkg/api/validation/generic.go (maskTrailingDash). */
export const maskTrailingDash = (prefix: string) => (prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix)
export const isDns1123SubdomainWithUnderscore = checker({
  format: `${underscoreLabelFormat}(\\.${underscoreLabelFormat})*`,
  what: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  examples: ['example.com'],
  bytesMax: 253,
})
export const isWildcardDns1123Subdomain = checker({
  format: `\\*\\.${subdomainFormat}`,
  what: "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  examples: ['*.example.com'],
  bytesMax: 253,
})

const dns1123Label = checker({
  format: labelFormat,
  what: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ['my-name', '123-abc'],
  bytesMax: 63,
})
const subdomainPattern = new RegExp(`^${subdomainFormat}$`)

/** A DNS label: names of namespaces, containers, volumes. */
export function isDns1123Label(value: string): Messages {
  const messages = dns1123Label(value)
  if (messages.length === 0 || !value.includes('.') || !subdomainPattern.test(value)) return messages
  return [...messages.filter((message) => message.startsWith('must be no more')), 'must not contain dots']
}

/** A DNS label that starts with a letter: names of services before they were relaxed. */
export const isDns1035Label = checker({
  format: '[a-z]([-a-z0-9]*[a-z0-9])?',
  what: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ['my-name', 'abc-123'],
  bytesMax: 63,
})

const prefixCheck = checker({ ...subdomain, unit: 'bytes' })
const namePartFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const namePartWhat = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const namePartExamples = ['MyName', 'my.name', '123-abc']
const namePart = checker({ format: namePartFormat, what: namePartWhat, examples: namePartExamples, bytesMax: 63, unit: 'bytes' })

/** A label key: `name` or `example.com/name`. */
export function isQualifiedName(value: string): Messages {
  if (namePart(value).length === 0) return []
  const [first = '', second, ...rest] = value.split('/')
  if (rest.length > 0) {
    const what = `a valid label key ${regexError(namePartWhat, namePartFormat, ...namePartExamples)}`
    return [`${what} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const name = second ?? first
  const messages = [...(name === '' ? [emptyError] : []), ...namePart(name)].map((message) => `name part ${message}`)
  if (second === undefined) return messages
  const prefix = first === '' ? [emptyError] : prefixCheck(first)
  return [...prefix.map((message) => `prefix part ${message}`), ...messages]
}

export const isLabelValue = checker({
  format: `(${namePartFormat})?`,
  what: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyValue', 'my_value', '12345'],
  bytesMax: 63,
  unit: 'bytes',
})

export const isCIdentifier = checker({
  format: '[A-Za-z_][A-Za-z0-9_]*',
  what: "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  examples: ['my_name', 'MY_NAME', 'MyName'],
})

export const isPercent = checker({
  format: '[0-9]+%',
  what: "a valid percent string must be a numeric string followed by an ending '%'",
  examples: ['1%', '93%'],
})

export const isHttpHeaderName = checker({
  format: '[-A-Za-z0-9]+',
  what: "a valid HTTP header must consist of alphanumeric characters or '-'",
  examples: ['X-Header-Name'],
})

export const isConditionReason = checker({
  format: '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?',
  what: "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  examples: ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'],
})

function changesDirectory(value: string): Messages {
  if (value === '.') return ["must not be '.'"]
  if (value === '..') return ["must not be '..'"]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}

const configMapKey = checker({
  format: '[-._a-zA-Z0-9]+',
  what: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ['key.name', 'KEY_NAME', 'key-name'],
  bytesMax: 253,
})
/** A key of a ConfigMap's or a Secret's data. */
export const isConfigMapKey = (value: string): Messages => [...configMapKey(value), ...changesDirectory(value)]

const envVarName = checker({
  format: '[-._a-zA-Z][-._a-zA-Z0-9]*',
  what: "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  examples: ['my.env-name', 'MY_ENV.NAME', 'MyEnvName1'],
})
/** The strict form, from before names were relaxed. */
export const isEnvVarName = (value: string): Messages => [...envVarName(value), ...changesDirectory(value)]

/** What containers' `env[].name` accept: printable ASCII but for `=`. */
export function isRelaxedEnvVarName(value: string): Messages {
  if (value === '') return [`environment variable name ${emptyError}`]
  if (/^[ -<>-~]*$/.test(value)) return []
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

const isInteger = (value: number, low: number, high: number): Messages => (value >= low && value <= high ? [] : [inclusiveRangeError(low, high)])
export const isPortNumber = (port: number) => isInteger(port, 1, 65_535)
/** UIDs and GIDs: 31 bits, so that they fit wherever they are signed. */
export const isUserOrGroupId = (id: number) => isInteger(id, 0, 2 ** 31 - 1)

/** A port's name: an IANA service name in lower case. */
export function isPortName(value: string): Messages {
  return [
    ...(byteLength(value) > 15 ? [maxLengthError(15)] : []),
    ...(/^[-a-z0-9]+$/.test(value) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
    ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(value.startsWith('-') || value.endsWith('-') ? ['must not begin or end with a hyphen'] : []),
  ]
}

/** What can be one segment of a URL path: the rule for names of RBAC objects and many others. */
export function isPathSegmentName(value: string): Messages {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return isPathSegmentPrefix(value)
}

/** The part of {@link isPathSegmentName} that holds for a generateName. */
export function isPathSegmentPrefix(value: string): Messages {
  return ['/', '%'].filter((illegal) => value.includes(illegal)).map((illegal) => `may not contain '${illegal}'`)
}

/** The first characters of a text that cannot be printed, as `invalid character U+0007 (at position 3)`. */
export function unprintable(text: string): Messages {
  const messages: string[] = []
  let position = 0
  for (const char of text) {
    const code = `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
    if (!isPrintable(char)) messages.push(`invalid character ${code} (at position ${position})`)
    position += byteLength(char)
  }
  return messages
}
