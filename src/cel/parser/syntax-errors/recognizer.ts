// Parses a text that has errors, mends them as ANTLR does, and says what it says.
// Source: ANTLR 4.13 runtime/Go error_strategy.go, parser.go and its code templates; cel-go parser/parser.go (limits).
import type { Lexed, Token, TokenKind } from '../lexer.ts'
import { type Rule, type State, targetOf } from './automaton.ts'
import { celGrammar } from './grammar.ts'
import { type Context, followOf, nextTokens, nextTokensInContext, Predictor, type TokenSet } from './lookahead.ts'

/** How often errors are mended before the parser gives up. Source: cel-go parser/options.go. */
const recoveriesMax = 30
/** How many tokens are skipped in one recovery. */
const skippedMax = 256

export interface SyntaxError {
  readonly message: string
  /** `undefined` for an error of the whole text. */
  readonly token: Token | undefined
}

/** What a rule failed with; it is reported where the rule ends. */
class Recognition extends Error {
  override readonly name = 'Recognition'
  readonly token: Token

  constructor(message: string, token: Token) {
    super(message)
    this.token = token
  }
}

/** Ends everything. */
class GivenUp extends Error {
  override readonly name = 'GivenUp'
}

/** Names of tokens in messages, in the order of their numbers. */
const names: readonly (readonly [TokenKind, string])[] = [
  ['EOF', '<EOF>'],
  ...(
    '== != in < <= >= > && || [ ] { } ( ) . , - ! ? : + * / % true false null NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER ESC_IDENTIFIER'.split(
      ' ',
    ) as TokenKind[]
  ).map((kind) => [kind, /^[A-Z]/.test(kind) ? kind : `'${kind}'`] as const),
]

function printSet(tokens: TokenSet): string {
  const texts = names.filter(([kind]) => tokens.has(kind)).map(([, name]) => name)
  return texts.length === 1 ? texts[0]! : `{${texts.join(', ')}}`
}

const quote = (text: string) => `'${text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}'`

export class Recognizer {
  readonly errors: SyntaxError[] = []
  readonly #text: string
  readonly #lexed: Lexed
  readonly #tokens: readonly Token[]
  readonly #depthMax: number
  readonly #depths = new Map<Rule, number>()
  readonly #predictor: Predictor
  readonly #calls: { readonly rule: Rule; readonly precedence: number }[] = []
  #at = 0
  #furthest = 0
  #state: State = celGrammar.rules.get('start')!.start
  #context: Context | undefined
  /** After a report nothing more is reported until a token fits. */
  #recovering = false
  #lastErrorAt = -1
  readonly #lastErrorStates = new Set<State>()
  #recoveries = 0

  constructor(text: string, lexed: Lexed, depthMax: number) {
    this.#text = text
    this.#lexed = lexed
    this.#tokens = lexed.tokens
    this.#depthMax = depthMax
    this.#predictor = new Predictor((index) => this.#token(index).kind)
  }

  /** @returns how much of the text was looked at, in UTF-16 units */
  run(): number {
    try {
      let state: State | undefined = this.#begin(celGrammar.rules.get('start')!, 0)
      while (state) state = this.#stepOrRecover(state)
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error
    }
    return this.#tokens[this.#furthest]!.start
  }

  #stepOrRecover(state: State): State | undefined {
    try {
      return this.#step(state)
    } catch (error) {
      if (!(error instanceof Recognition)) throw error
      if (!this.#recovering) this.#report(error.message, error.token)
      this.#recover()
      return this.#calls.at(-1)!.rule.stop
    }
  }

  /** @returns the next state; `undefined` at the end */
  #step(state: State): State | undefined {
    switch (state.type) {
      case 'basic':
        return this.#advance(state)
      case 'blockStart':
        this.#enter(state)
        return targetOf(state, this.#choose(state))
      case 'starLoopEntry':
        this.#enter(state)
        return this.#loop(state)
      case 'starLoopBack':
        this.#enter(state)
        return this.#loop(targetOf(state))
      case 'plusBlockStart':
        this.#enter(state)
        return targetOf(state)
      case 'plusLoopBack':
        this.#enter(state)
        return this.#choose(state) === 0 ? targetOf(targetOf(state)) : targetOf(state, 1)
      case 'ruleStop':
        return this.#return()
    }
  }

  #advance(state: State): State {
    const transition = state.transitions[0]!
    if (transition.kind === 'epsilon') return transition.target
    this.#state = state
    if (transition.kind === 'token') {
      this.#match(transition.tokens)
      return transition.target
    }
    this.#context = { invokedFrom: state, parent: this.#context }
    return this.#begin(transition.rule, transition.precedence)
  }

  #begin(rule: Rule, precedence: number): State {
    const depth = (this.#depths.get(rule) ?? 0) + 1
    if (depth > this.#depthMax) {
      this.errors.push({ message: `expression recursion limit exceeded: ${this.#depthMax}`, token: undefined })
      throw new GivenUp()
    }
    this.#depths.set(rule, depth)
    this.#calls.push({ rule, precedence })
    return rule.start
  }

  #return(): State | undefined {
    const { rule } = this.#calls.pop()!
    this.#depths.set(rule, this.#depths.get(rule)! - 1)
    const context = this.#context
    if (!context) return undefined
    this.#context = context.parent
    this.#state = context.invokedFrom
    return followOf(context.invokedFrom)
  }

  #loop(entry: State): State {
    const goesOn = entry.precedences ? this.#isOperator(entry, entry.precedences) : this.#choose(entry) === 0
    return targetOf(entry, goesOn ? 0 : 1)
  }

  /** Whether the next token begins an alternative that binds tightly enough. */
  #isOperator(entry: State, precedences: readonly number[]): boolean {
    const body = targetOf(entry)
    const starts = precedences.length === 1 ? [body] : precedences.map((_precedence, i) => targetOf(body, i))
    const { precedence } = this.#calls.at(-1)!
    return starts.some((start, i) => precedences[i]! >= precedence && nextTokens(start).has(this.#current.kind))
  }

  #token(index: number): Token {
    const at = Math.min(index, this.#tokens.length - 1)
    if (at > this.#furthest) this.#furthest = at
    return this.#tokens[at]!
  }

  get #current(): Token {
    return this.#token(this.#at)
  }

  #consume(): void {
    if (this.#current.kind !== 'EOF') this.#at++
  }

  #choose(decision: State): number {
    // Where one token decides, the generated code does not ask the automaton.
    if (decision.transitions.length === 2) {
      const [first, second] = [nextTokens(targetOf(decision, 0)), nextTokens(targetOf(decision, 1))]
      if (!second.has('end') && !intersects(first, second)) return first.has(this.#current.kind) ? 0 : 1
    }
    const looks = decision.transitions.map((_transition, i) => nextTokens(targetOf(decision, i)))
    const fitting = looks.flatMap((look, i) => (look.has(this.#current.kind) ? [i] : []))
    if (fitting.length === 1 && !looks.some((look) => look.has('end'))) return fitting[0]!
    const prediction = this.#predictor.predict(decision, this.#context, this.#at)
    if ('alternative' in prediction) return prediction.alternative
    const offending = this.#token(prediction.failedAt)
    throw new Recognition(`no viable alternative at input ${quote(this.#textBetween(this.#current, offending))}`, offending)
  }

  /** The text from one token up to and with another: hidden ones between them count, what is no token does not. */
  #textBetween(first: Token, last: Token): string {
    if (first.kind === 'EOF') return '<EOF>'
    const end = last.kind === 'EOF' ? this.#text.length : last.start + last.text.length
    let text = ''
    let at = first.start
    for (const error of this.#lexed.errors) {
      if (error.start < at || error.start >= end) continue
      text += this.#text.slice(at, error.start)
      at = error.start + error.text.length
    }
    return text + this.#text.slice(at, end)
  }

  /** Before a choice or a loop: a token that cannot come is dropped, or the rule fails. */
  #enter(state: State): void {
    this.#state = state
    if (this.#recovering) return
    const expected = nextTokens(state)
    if (expected.has('end') || expected.has(this.#current.kind)) return
    if (state.type === 'starLoopBack' || state.type === 'plusLoopBack') {
      this.#reportUnwanted()
      this.#skipUntil(new Set([...this.#expected(), ...this.#recoverySet()]))
    } else if (!this.#dropToken()) throw this.#mismatch()
  }

  #match(tokens: readonly TokenKind[]): void {
    if (tokens.includes(this.#current.kind)) {
      this.#endRecovery()
      this.#consume()
      return
    }
    this.#countRecovery()
    if (this.#dropToken()) {
      this.#consume()
      return
    }
    if (this.#insertToken()) return
    throw this.#mismatch()
  }

  #mismatch(): Recognition {
    const token = this.#current
    return new Recognition(`mismatched input ${quote(token.text)} expecting ${printSet(this.#expected())}`, token)
  }

  #expected(): TokenSet {
    return nextTokensInContext(this.#state, this.#context)
  }

  /** If the token after the next would fit. */
  #dropToken(): boolean {
    if (!this.#expected().has(this.#token(this.#at + 1).kind)) return false
    this.#reportUnwanted()
    this.#consume()
    this.#endRecovery()
    return true
  }

  /** If the next token would fit after the missing one. */
  #insertToken(): boolean {
    const [transition] = this.#state.transitions
    if (transition?.kind !== 'token') return false
    const { kind } = this.#current
    if (!nextTokensInContext(transition.target, this.#context).has(kind)) return false
    if (!this.#recovering) this.#report(`missing ${printSet(this.#expected())} at ${quote(this.#current.text)}`, this.#current)
    return true
  }

  #reportUnwanted(): void {
    if (!this.#recovering) this.#report(`extraneous input ${quote(this.#current.text)} expecting ${printSet(this.#expected())}`, this.#current)
  }

  #report(message: string, token: Token): void {
    this.#recovering = true
    this.errors.push({ message: `Syntax error: ${soften(message)}`, token })
  }

  #endRecovery(): void {
    this.#recovering = false
    this.#lastErrorStates.clear()
    this.#lastErrorAt = -1
  }

  #countRecovery(): void {
    if (this.#recoveries++ < recoveriesMax) return
    this.errors.push({ message: `Syntax error: error recovery attempt limit exceeded: ${recoveriesMax}`, token: this.#current })
    throw new GivenUp()
  }

  /** Skips tokens until one may follow a rule that is being parsed. */
  #recover(): void {
    this.#countRecovery()
    // A second error at the same place would go round in circles.
    if (this.#lastErrorAt === this.#at && this.#lastErrorStates.has(this.#state)) this.#consume()
    this.#lastErrorAt = this.#at
    this.#lastErrorStates.add(this.#state)
    this.#skipUntil(this.#recoverySet())
  }

  #recoverySet(): TokenSet {
    const all = new Set<TokenKind | 'end'>()
    for (let context = this.#context; context; context = context.parent) for (const token of nextTokens(followOf(context.invokedFrom))) all.add(token)
    all.delete('end')
    return all
  }

  #skipUntil(tokens: TokenSet): void {
    for (let skipped = 0; this.#current.kind !== 'EOF' && !tokens.has(this.#current.kind); skipped++) {
      if (skipped >= skippedMax) {
        this.errors.push({ message: `error recovery token lookahead limit exceeded: ${skippedMax}`, token: undefined })
        throw new GivenUp()
      }
      this.#consume()
    }
  }
}

/** A keyword after a dot is told as what was expected there. Source: cel-go parser/parser.go (mismatchedReservedIdentifier). */
const soften = (message: string) => message.replace(/no viable alternative at input '\.(true|false|null)'/, "mismatched input '$1' expecting IDENTIFIER")

function intersects(a: TokenSet, b: TokenSet): boolean {
  for (const token of a) if (b.has(token)) return true
  return false
}
