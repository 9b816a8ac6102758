// Accept and Content-Type headers as upstream's libraries read them: github.com/munnerz/goautoneg (autoneg.go) and Go's mime package.

export interface MediaType {
  /** `type/subtype` as it was written; may hold `*`. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

interface Clause extends MediaType {
  readonly quality: number
}

/** Nobody wants more; a header could hold half a million. */
export const typesMax = 256

const none: ReadonlyMap<string, string> = new Map()
const everything: readonly MediaType[] = [{ type: '*/*', parameters: none }]

/**
 * The media types of an Accept header, the most wanted first. An absent or empty header accepts everything. Types of quality 0 are the
 * least wanted, but not refused; names and parameters are told apart by case, quotes belong to values; what is no type is left out, and
 * so is what comes behind the first 256.
 */
export function mediaTypes(accept: string | undefined): readonly MediaType[] {
  const header = accept?.trim()
  if (!header) return everything
  const clauses: Clause[] = []
  for (const part of header.includes(',') ? header.split(',', typesMax) : [header]) {
    const clause = clauseOf(part)
    if (clause) clauses.push(clause)
  }
  return inOrder(clauses)
}

/** What asks for no other kind of answer than the one there is: what errors can be answered in. */
export function isPlain({ parameters }: MediaType): boolean {
  return !parameters.has('as') && !parameters.has('g') && !parameters.has('v') && !parameters.get('sv')
}

function clauseOf(text: string): Clause | undefined {
  const end = text.indexOf(';')
  const type = typeOf(end < 0 ? text : text.slice(0, end))
  if (type === undefined) return undefined
  if (end < 0) return { type, parameters: none, quality: 1 }
  const parameters = new Map<string, string>()
  let quality = 1
  for (const parameter of text.slice(end + 1).split(';')) {
    const [key = '', value = '', ...others] = parameter.split('=')
    if (value === '' || others.length > 0) continue
    if (key.trim() === 'q') quality = goFloat(value)
    else parameters.set(key.trim(), value.trim())
  }
  return { type, parameters, quality }
}

/** `*` alone is everything; without a subtype, or with two, it is none. */
function typeOf(text: string): string | undefined {
  const name = text.trim()
  if (name === '*' || name === '*/') return '*/*'
  const slash = name.indexOf('/')
  if (slash < 0 || slash === name.length - 1 || name.includes('/', slash + 1)) return undefined
  return name.includes(' ') ? `${name.slice(0, slash).trim()}/${name.slice(slash + 1).trim()}` : name
}

/** What is no number is 0. */
const goFloat = (text: string) => (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : 0)

/** Sorted by insertion, as Go sorts short slices: upstream's comparison is no order, so it matters who is compared with whom. */
function inOrder(clauses: Clause[]): readonly MediaType[] {
  for (let end = 1; end < clauses.length; end++) {
    for (let at = end; at > 0 && comesFirst(clauses[at]!, clauses[at - 1]!); at--) {
      const clause = clauses[at]!
      clauses[at] = clauses[at - 1]!
      clauses[at - 1] = clause
    }
  }
  return clauses
}

function comesFirst(a: Clause, b: Clause): boolean {
  if (a.quality > b.quality) return true
  if (!a.type.startsWith('*') && b.type.startsWith('*')) return true
  return !a.type.endsWith('*') && b.type.endsWith('*')
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const nameOnly = new RegExp(`^${token}(?:/${token})?$`)
const parameter = new RegExp(`\\s*;\\s*(${token})\\s*=\\s*(?:(${token})|("(?:[^"\\\\\\r\\n]|\\\\.)*"))`, 'y')

/** The media type that a Content-Type header names, in lower case; undefined for one that is malformed, or has a parameter twice. */
export function contentTypeOf(header: string): string | undefined {
  const at = header.indexOf(';')
  const name = (at < 0 ? header : header.slice(0, at)).trim().toLowerCase()
  if (!nameOnly.test(name)) return undefined
  return at < 0 || areParameters(header.slice(at)) ? name : undefined
}

function areParameters(text: string): boolean {
  const values = new Map<string, string>()
  parameter.lastIndex = 0
  let end = 0
  for (let match = parameter.exec(text); match; match = parameter.exec(text)) {
    end = parameter.lastIndex
    const [, key = '', plain, quoted = ''] = match
    const value = plain ?? quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    const former = values.get(key.toLowerCase())
    if (former !== undefined && former !== value) return false
    values.set(key.toLowerCase(), value)
  }
  return /^\s*;?\s*$/.test(text.slice(end))
}
