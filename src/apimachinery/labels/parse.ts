// The text form of label selectors: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>1`. Source: k8s.io/apimachinery pkg/labels/selector.go;
// its grammar in short: requirement ("," requirement)*, where `in` and `notin` are keywords only between key and value.
import { fieldErrorMessage, invalid } from '../field-errors.ts'
import { isQualifiedName } from '../validation/names.ts'
import type { Operator, Requirement } from './requirement.ts'
import { newSelector, type Selector, SelectorError, withValidValues } from './selector.ts'

interface Token {
  readonly kind: 'end' | 'identifier' | 'symbol'
  readonly text: string
}

const symbols: ReadonlyMap<string, Token> = new Map([')', ',', '!', '==', '=', '>', '<', '!=', '('].map((text) => [text, { kind: 'symbol', text }]))
const end: Token = { kind: 'end', text: '' }
const operators: ReadonlyMap<string, Operator> = new Map([
  ['in', 'in'],
  ['notin', 'notin'],
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['>', 'gt'],
  ['<', 'lt'],
])
const operatorNames = 'in, notin, =, ==, !=, gt, lt'

const codesOf = (text: string): ReadonlySet<number> => new Set(Array.from(text, (char) => char.charCodeAt(0)))
const spaces = codesOf(' \t\r\n')
const notInNames = codesOf(' \t\r\n=!(),<>')

/** Read one token at a time: a text that begins wrongly is not read to its end. */
class Parser {
  readonly #text: string
  #at = 0
  #following: Token

  constructor(text: string) {
    this.#text = text
    this.#following = this.#read()
  }

  #read(): Token {
    const text = this.#text
    let start = this.#at
    while (spaces.has(text.charCodeAt(start))) start++
    let after = start
    while (after < text.length && !notInNames.has(text.charCodeAt(after))) after++
    this.#at = after
    if (after > start) return { kind: 'identifier', text: text.slice(start, after) }
    const symbol = symbols.get(text.slice(start, start + 2)) ?? symbols.get(text.charAt(start)) ?? end
    this.#at = start + symbol.text.length
    return symbol
  }

  #peek = () => this.#following
  #next(): Token {
    const token = this.#following
    this.#following = this.#read()
    return token
  }
  #is = (token: Token, symbol: string) => token.kind === 'symbol' && token.text === symbol

  parse(): readonly Requirement[] {
    const requirements: Requirement[] = []
    for (;;) {
      const first = this.#peek()
      if (first.kind === 'end') return requirements
      if (first.kind !== 'identifier' && !this.#is(first, '!')) {
        throw new SelectorError(`found '${first.text}', expected: !, identifier, or 'end of string'`)
      }
      requirements.push(this.#requirement())
      const separator = this.#next()
      if (separator.kind === 'end') return requirements
      if (!this.#is(separator, ',')) throw new SelectorError(`found '${separator.text}', expected: ',' or 'end of string'`)
      const following = this.#peek()
      if (following.kind !== 'identifier' && !this.#is(following, '!')) throw new SelectorError(`found '${following.text}', expected: identifier after ','`)
    }
  }

  #requirement(): Requirement {
    try {
      return this.#parseRequirement()
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`)
      throw error
    }
  }

  #parseRequirement(): Requirement {
    const absent = this.#is(this.#peek(), '!')
    if (absent) this.#next()
    const key = this.#next()
    if (key.kind !== 'identifier') throw new SelectorError(`found '${key.text}', expected: identifier`)
    const messages = isQualifiedName(key.text)
    if (messages.length > 0) throw new SelectorError(fieldErrorMessage(invalid('', key.text, messages.join('; '))))
    const following = this.#peek()
    if (absent || following.kind === 'end' || this.#is(following, ',')) return { key: key.text, operator: absent ? '!' : 'exists', values: [] }
    const token = this.#next()
    const operator = operators.get(token.text)
    if (!operator) throw new SelectorError(`found '${token.text}', expected: ${operatorNames}`)
    const values = operator === 'in' || operator === 'notin' ? this.#values() : [this.#value()]
    return withValidValues({ key: key.text, operator, values })
  }

  #value(): string {
    const following = this.#peek()
    if (following.kind === 'end' || this.#is(following, ',')) return ''
    this.#next()
    if (following.kind !== 'identifier') throw new SelectorError(`found '${following.text}', expected: identifier`)
    return following.text
  }

  /** `(x,y)`; empty places stand for the empty value. */
  #values(): readonly string[] {
    const open = this.#next()
    if (!this.#is(open, '(')) throw new SelectorError(`found '${open.text}' expected: '('`)
    const first = this.#peek()
    if (this.#is(first, ')')) {
      this.#next()
      return ['']
    }
    if (first.kind !== 'identifier' && !this.#is(first, ',')) throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`)
    const values = new Set<string>()
    for (;;) {
      const token = this.#next()
      const following = this.#peek()
      if (token.kind === 'identifier') {
        values.add(token.text)
        if (!this.#is(following, ',') && !this.#is(following, ')')) throw new SelectorError(`found '${following.text}', expected: ',' or ')'`)
      } else if (this.#is(token, ',')) {
        if (values.size === 0 || this.#is(following, ')') || this.#is(following, ',')) values.add('')
      } else throw new SelectorError(`found '${token.text}', expected: ',', or identifier`)
      if (this.#is(following, ')')) {
        this.#next()
        return [...values].sort()
      }
    }
  }
}

/** @throws {SelectorError} in upstream's words */
export function parseLabelSelector(text: string): Selector {
  return newSelector(new Parser(text).parse())
}
