// Tokens to a tree, by recursive descent: one method a rule of the grammar, so that depths and places are upstream's.
// A text with a syntax error is parsed a second time by `explainSyntaxErrors`, which is slow and finds upstream's words.
// Source: cel-go parser/gen/CEL.g4, parser/parser.go.
import type { Entry, Expr } from '../ast/expr.ts'
import type { Environment } from '../environment.ts'
import { CelDouble, CelUint } from '../values/value.ts'
import { AstBuilder } from './ast-builder.ts'
import { codePointsMax, DepthCounter, depthMax, heightAbove, LimitError } from './limits.ts'
import { Issues, SourceText } from './issues.ts'
import { lex, type Token, type TokenKind } from './lexer.ts'
import { LiteralError, parseBytes, parseDouble, parseInt64, parseString, parseUint64 } from './literals.ts'
import { MacroError } from './macro.ts'
import { explainSyntaxErrors } from './syntax-errors/explain.ts'

export type Parsed = { readonly ok: true; readonly expr: Expr; readonly source: SourceText } | { readonly ok: false; readonly issues: Issues }

/** The macros and switches of an environment. */
export type Syntax = Pick<Environment, 'macro' | 'features'>

export function parse(syntax: Syntax, text: string): Parsed {
  const source = new SourceText(text)
  const issues = new Issues(source)
  const codePoints = text.length > codePointsMax ? Array.from(text).length : text.length
  if (codePoints > codePointsMax) {
    issues.add(`expression code point size exceeds limit: size: ${codePoints}, limit ${codePointsMax}`, undefined)
    return { ok: false, issues }
  }
  const lexed = lex(text)
  if (lexed.errors.length === 0) {
    try {
      const expr = new Parser(syntax, source, issues, lexed.tokens).parse()
      return issues.size === 0 ? { ok: true, expr, source } : { ok: false, issues }
    } catch (error) {
      if (error instanceof LimitError) {
        issues.add(error.message, undefined)
        return { ok: false, issues }
      }
      if (!(error instanceof SyntaxFailure)) throw error
    }
  }
  const explained = new Issues(source)
  explainSyntaxErrors(lexed, depthMax, explained)
  return { ok: false, issues: explained }
}

class SyntaxFailure extends Error {
  override readonly name = 'SyntaxFailure'
}

interface Operator {
  readonly name: string
  readonly precedence: number
}

const operatorsOf = (precedence: number, ...kinds: TokenKind[]): (readonly [TokenKind, Operator])[] =>
  kinds.map((kind) => [kind, { name: kind === 'in' ? '@in' : `_${kind}_`, precedence }])
const relations = new Map(operatorsOf(1, '==', '!=', '<', '<=', '>', '>=', 'in'))
const calculations = new Map([...operatorsOf(2, '*', '/', '%'), ...operatorsOf(1, '+', '-')])

/** Names that may be fields but not variables. */
const reserved = new Set('as break const continue else false for function if import in let loop package namespace null return true var void while'.split(' '))

class Parser {
  readonly #syntax: Syntax
  readonly #builder: AstBuilder
  readonly #issues: Issues
  readonly #tokens: readonly Token[]
  readonly #depth = new DepthCounter()
  /** Of the expression read last: how many operators are within each other. */
  #height = 0
  #at = 0

  constructor(syntax: Syntax, source: SourceText, issues: Issues, tokens: readonly Token[]) {
    this.#syntax = syntax
    this.#builder = new AstBuilder(source)
    this.#issues = issues
    this.#tokens = tokens
  }

  parse(): Expr {
    const expr = this.#expr()
    this.#expect('EOF')
    return expr
  }

  get #token(): Token {
    return this.#tokens[this.#at]!
  }

  #accept(kind: TokenKind): Token | undefined {
    const token = this.#token
    if (token.kind !== kind) return undefined
    this.#at++
    return token
  }

  #expect(kind: TokenKind): Token {
    const token = this.#accept(kind)
    if (!token) throw new SyntaxFailure()
    return token
  }

  #expr(): Expr {
    this.#depth.enter('expr')
    const result = this.#ternary()
    this.#depth.leave('expr')
    return result
  }

  #ternary(): Expr {
    const condition = this.#conditionalOr()
    const question = this.#accept('?')
    if (!question) return condition
    const height = this.#height
    const whenTrue = this.#conditionalOr()
    this.#expect(':')
    const heightOfTrue = this.#height
    const whenFalse = this.#expr()
    this.#height = heightAbove(height, heightOfTrue, this.#height)
    return this.#call(question.start, '_?_:_', undefined, [condition, whenTrue, whenFalse])
  }

  #conditionalOr(): Expr {
    return this.#logical('||', '_||_', () => this.#logical('&&', '_&&_', () => this.#relation(0)))
  }

  /** `a && b && c && d` becomes a balanced tree: its depth grows with the logarithm. */
  #logical(kind: TokenKind, name: string, operand: () => Expr): Expr {
    const first = operand()
    if (this.#token.kind !== kind) return first
    const terms = [first]
    const offsets: number[] = []
    let height = this.#height
    for (let op = this.#accept(kind); op; op = this.#accept(kind)) {
      offsets.push(op.start)
      terms.push(operand())
      height = Math.max(height, this.#height)
    }
    this.#height = height
    const balance = (low: number, high: number): Expr => {
      const middle = Math.floor((low + high + 1) / 2)
      const left = middle === low ? terms[middle]! : balance(low, middle - 1)
      const right = middle === high ? terms[middle + 1]! : balance(middle + 1, high)
      return this.#call(offsets[middle]!, name, undefined, [left, right])
    }
    return balance(0, offsets.length - 1)
  }

  #relation(precedence: number): Expr {
    return this.#binary('relation', relations, precedence, () => this.#calc(0))
  }

  #calc(precedence: number): Expr {
    return this.#binary('calc', calculations, precedence, () => this.#unary())
  }

  /** Operators that bind at least as tightly as asked for; those on their right bind more tightly. */
  #binary(rule: 'relation' | 'calc', operators: ReadonlyMap<TokenKind, Operator>, precedence: number, operand: () => Expr): Expr {
    this.#depth.enter(rule)
    let left = operand()
    for (let operator = operators.get(this.#token.kind); operator && operator.precedence >= precedence; operator = operators.get(this.#token.kind)) {
      const { start } = this.#token
      const height = this.#height
      this.#at++
      const right = this.#binary(rule, operators, operator.precedence + 1, operand)
      this.#height = heightAbove(height, this.#height)
      left = this.#call(start, operator.name, undefined, [left, right])
    }
    this.#depth.leave(rule)
    return left
  }

  #unary(): Expr {
    const first = this.#token
    if (first.kind !== '!' && first.kind !== '-') return this.#member()
    // A single sign belongs to the number, two are operators.
    const following = this.#tokens[this.#at + 1]?.kind
    if (first.kind === '-' && (following === 'NUM_INT' || following === 'NUM_FLOAT')) return this.#member()
    let count = 0
    for (; this.#token.kind === first.kind; count++) this.#at++
    const operand = this.#member()
    if (count % 2 === 0) return operand
    return this.#call(first.start, first.kind === '!' ? '!_' : '-_', undefined, [operand])
  }

  #member(): Expr {
    this.#height = 0
    let operand = this.#primary()
    while (this.#token.kind === '.' || this.#token.kind === '[') {
      const height = this.#height
      operand = this.#token.kind === '.' ? this.#selectOrCall(operand) : this.#index(operand)
      this.#height = heightAbove(height, this.#height)
    }
    return operand
  }

  #selectOrCall(operand: Expr): Expr {
    const dot = this.#expect('.')
    const optional = this.#accept('?')
    const name = this.#accept('ESC_IDENTIFIER') ?? this.#expect('IDENTIFIER')
    const open = optional || name.kind === 'ESC_IDENTIFIER' ? undefined : this.#accept('(')
    if (open) return this.#call(open.start, name.text, operand, this.#arguments())
    const field = this.#fieldName(name)
    if (!optional) return this.#builder.select(dot.start, operand, field)
    if (!this.#syntax.features.optionalSyntax) return this.#report("unsupported syntax '.?'", dot.start)
    return this.#builder.call(dot.start, '_?._', [operand, this.#builder.literal(name.start, field)])
  }

  #fieldName(name: Token): string {
    if (name.kind !== 'ESC_IDENTIFIER') return name.text
    if (!this.#syntax.features.escapedIdentifiers) this.#issues.add("unsupported syntax: '`'", name.start)
    return name.text.slice(1, -1)
  }

  #index(operand: Expr): Expr {
    const open = this.#expect('[')
    const optional = this.#accept('?')
    const index = this.#expr()
    this.#expect(']')
    if (optional && !this.#syntax.features.optionalSyntax) return this.#report("unsupported syntax '[?'", open.start)
    return this.#call(open.start, optional ? '_[?_]' : '_[_]', undefined, [operand, index])
  }

  /** Up to and with the closing parenthesis. */
  #arguments(): Expr[] {
    const args: Expr[] = []
    if (this.#accept(')')) return args
    let height = 0
    do {
      args.push(this.#expr())
      height = Math.max(height, this.#height)
    } while (this.#accept(','))
    this.#expect(')')
    this.#height = height
    return args
  }

  #primary(): Expr {
    const token = this.#token
    if (token.kind === '.' || token.kind === 'IDENTIFIER') return this.#name()
    if (token.kind === '[') return this.#list()
    if (token.kind === '{') return this.#map()
    if (!this.#accept('(')) return this.#literal(token)
    const expr = this.#expr()
    this.#expect(')')
    return expr
  }

  #name(): Expr {
    const start = this.#token.start
    const dot = this.#accept('.') ? '.' : ''
    const names = [this.#expect('IDENTIFIER')]
    // A type's name goes on until its brace; without one the dots are selections.
    let ahead = this.#at
    while (this.#tokens[ahead]?.kind === '.' && this.#tokens[ahead + 1]?.kind === 'IDENTIFIER') ahead += 2
    if (this.#tokens[ahead]?.kind === '{') {
      for (; this.#at < ahead; this.#at += 2) names.push(this.#tokens[this.#at + 1]!)
      return this.#struct(dot + names.map(({ text }) => text).join('.'))
    }
    const [name] = names as [Token]
    if (reserved.has(name.text)) {
      const open = this.#accept('(')
      if (open) this.#arguments()
      return this.#report(`reserved identifier: ${name.text}`, start)
    }
    const open = this.#accept('(')
    return open ? this.#call(open.start, dot + name.text, undefined, this.#arguments()) : this.#builder.ident(name.start, dot + name.text)
  }

  #list(): Expr {
    const open = this.#expect('[')
    const elements: Expr[] = []
    const optional: number[] = []
    let height = 0
    while (this.#token.kind !== ']') {
      if (elements.length === 0 && this.#accept(',')) break
      if (this.#optional()) optional.push(elements.length)
      elements.push(this.#expr())
      height = Math.max(height, this.#height)
      if (!this.#accept(',')) break
    }
    this.#expect(']')
    this.#height = height
    return this.#builder.list(open.start, elements, optional)
  }

  /** Whether a `?` marks the next element. */
  #optional(): boolean {
    const question = this.#accept('?')
    if (question && !this.#syntax.features.optionalSyntax) this.#issues.add("unsupported syntax '?'", question.start)
    return question !== undefined
  }

  #map(): Expr {
    const open = this.#expect('{')
    const entries = this.#entries(() => this.#expr())
    return this.#builder.map(open.start, entries)
  }

  #struct(typeName: string): Expr {
    const open = this.#expect('{')
    const fields = this.#entries(() => this.#fieldName(this.#accept('ESC_IDENTIFIER') ?? this.#expect('IDENTIFIER')))
    return this.#builder.struct(open.start, typeName, fields)
  }

  #entries<Key>(readKey: () => Key): Entry<Key>[] {
    const entries: Entry<Key>[] = []
    let height = 0
    while (this.#token.kind !== '}') {
      if (entries.length === 0 && this.#accept(',')) break
      const optional = this.#optional()
      this.#height = 0
      const key = readKey()
      height = Math.max(height, this.#height)
      const colon = this.#expect(':')
      entries.push(this.#builder.entry(colon.start, key, this.#expr(), optional))
      height = Math.max(height, this.#height)
      if (!this.#accept(',')) break
    }
    this.#expect('}')
    this.#height = height
    return entries
  }

  #literal(first: Token): Expr {
    const sign = this.#accept('-') ? '-' : ''
    const token = this.#token
    this.#at++
    if (sign !== '' && token.kind !== 'NUM_INT' && token.kind !== 'NUM_FLOAT') throw new SyntaxFailure()
    try {
      return this.#builder.literal(first.start, literalValue(token, sign))
    } catch (error) {
      if (error instanceof LiteralError) return this.#report(error.message, first.start)
      throw error
    }
  }

  #call(offset: number, name: string, target: Expr | undefined, args: readonly Expr[]): Expr {
    const macro = this.#syntax.macro(name, target !== undefined, args.length)
    if (!macro) return this.#builder.call(offset, name, args, target)
    try {
      const expanded = macro.expand(this.#builder.helper(offset), target, args)
      return expanded ?? this.#builder.call(offset, name, args, target)
    } catch (error) {
      if (error instanceof MacroError) return this.#report(error.message, error.at ? this.#builder.source.offsets[error.at.id]! : offset)
      throw error
    }
  }

  #report(message: string, offset: number): Expr {
    this.#issues.add(message, offset)
    return this.#builder.literal(offset, null)
  }
}

function literalValue({ kind, text }: Token, sign: string) {
  if (kind === 'NUM_INT') return parseInt64(sign + text)
  if (kind === 'NUM_UINT') return new CelUint(parseUint64(text))
  if (kind === 'NUM_FLOAT') return new CelDouble(parseDouble(sign + text))
  if (kind === 'STRING') return parseString(text)
  if (kind === 'BYTES') return parseBytes(text)
  if (kind === 'null') return null
  if (kind !== 'true' && kind !== 'false') throw new SyntaxFailure()
  return kind === 'true'
}
