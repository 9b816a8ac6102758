// Field selectors: `metadata.name=a,spec.nodeName!=b`. Values escape `\`, `,` and `=` with a backslash.
// Source: k8s.io/apimachinery pkg/fields/selector.go.
import { getOrMake } from '../../util/get-or-make.ts'
import { SelectorError } from '../labels/selector.ts'

export interface FieldTerm {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** A conjunction of terms. Immutable. */
export interface FieldSelector {
  readonly terms: readonly FieldTerm[]
  readonly isEverything: boolean
  /** @param get the text of a field; '' for an absent one */
  matches(get: (field: string) => string): boolean
  /** The one value that a selected object's field must have, if the selector says so. */
  exactMatch(field: string): string | undefined
  /** The same selector with other names or values; a term whose field becomes '' is dropped. */
  transform(change: (term: FieldTerm) => FieldTerm): FieldSelector
  toString(): string
}

export const escapeFieldValue = (value: string) => value.replaceAll(/[\\,=]/g, String.raw`\$&`)

function unescapeFieldValue(text: string): string {
  let value = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!
    if (char === '\\') {
      const escaped = String.fromCodePoint(...(at + 1 < text.length ? [text.codePointAt(at + 1)!] : []))
      if (!['\\', ',', '='].includes(escaped)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${escaped}`)
      value += escaped
      at++
    } else if (char === '=') throw new SelectorError(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`)
    else value += char
  }
  return value
}

/** All that is said of one field. */
interface FieldRule {
  readonly equal: Set<string>
  readonly unequal: Set<string>
}

/** Each field is looked at once, however many terms there are about it. */
function mergedTerms(terms: readonly FieldTerm[]): (get: (field: string) => string) => boolean {
  const rules = new Map<string, FieldRule>()
  for (const { field, operator, value } of terms) {
    const { equal, unequal } = getOrMake(rules, field, (): FieldRule => ({ equal: new Set(), unequal: new Set() }))
    ;(operator === '=' ? equal : unequal).add(value)
  }
  const accepts = ({ equal, unequal }: FieldRule, value: string) => equal.size <= 1 && (equal.size === 0 || equal.has(value)) && !unequal.has(value)
  return (get) => {
    for (const [field, rule] of rules) if (!accepts(rule, get(field))) return false
    return true
  }
}

export function newFieldSelector(terms: readonly FieldTerm[]): FieldSelector {
  return {
    terms,
    isEverything: terms.length === 0,
    matches: mergedTerms(terms),
    exactMatch: (field) => terms.find((term) => term.field === field && term.operator === '=')?.value,
    transform: (change) => newFieldSelector(terms.map(change).filter(({ field }) => field !== '')),
    toString: () => terms.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(','),
  }
}

/** @throws {SelectorError} in upstream's words */
export function parseFieldSelector(text: string): FieldSelector {
  const parts = [...text.matchAll(/(?:\\[^]?|[^\\,])+/g)].map(([part]) => part).sort()
  return newFieldSelector(
    parts.map((part) => {
      const match = /!=|==|=/.exec(part)
      if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`)
      const value = unescapeFieldValue(part.slice(match.index + match[0].length))
      return { field: part.slice(0, match.index), operator: match[0] === '!=' ? '!=' : '=', value }
    }),
  )
}
