// A grammar as an automaton, the way ANTLR builds one: which kind of state a place is decides how an error there is mended and worded.
// Source: ANTLR 4.13 tool ParserATNFactory, runtime/Go atn_state.go.
import type { TokenKind } from '../lexer.ts'

export type StateType = 'basic' | 'blockStart' | 'starLoopEntry' | 'starLoopBack' | 'plusBlockStart' | 'plusLoopBack' | 'ruleStop'

export type Transition =
  | { readonly kind: 'epsilon'; readonly target: State }
  | { readonly kind: 'token'; readonly tokens: readonly TokenKind[]; readonly target: State }
  | { readonly kind: 'rule'; readonly rule: Rule; readonly precedence: number; readonly follow: State }

export interface State {
  readonly id: number
  readonly type: StateType
  readonly transitions: Transition[]
  /** Of the loop of a left-recursive rule: how tightly its alternatives bind. They decide instead of the coming tokens. */
  readonly precedences?: readonly number[] | undefined
}

/** A piece of a rule. */
export type Element =
  | { readonly kind: 'token'; readonly tokens: readonly TokenKind[] }
  | { readonly kind: 'rule'; readonly name: string; readonly precedence: number }
  | { readonly kind: 'sequence'; readonly items: readonly Element[] }
  | { readonly kind: 'optional'; readonly body: Element }
  | { readonly kind: 'alternatives'; readonly bodies: readonly Element[] }
  | { readonly kind: 'star'; readonly body: Element; readonly precedences?: readonly number[] }
  | { readonly kind: 'plus'; readonly body: Element }

export interface Rule {
  readonly start: State
  readonly stop: State
}

export class Automaton {
  readonly rules = new Map<string, Rule>()
  #states = 0

  constructor(grammar: Readonly<Record<string, Element>>) {
    for (const name of Object.keys(grammar)) this.rules.set(name, { start: this.#state('basic'), stop: this.#state('ruleStop') })
    for (const [name, body] of Object.entries(grammar)) {
      const { start, stop } = this.rules.get(name)!
      start.transitions.push(epsilon(this.#build(body, stop)))
    }
  }

  #state(type: StateType, transitions: Transition[] = [], precedences?: readonly number[]): State {
    return { id: this.#states++, type, transitions, precedences }
  }

  /** @returns the state before the element, which leads to `next` */
  #build(element: Element, next: State): State {
    switch (element.kind) {
      case 'token':
        return this.#state('basic', [{ kind: 'token', tokens: element.tokens, target: next }])
      case 'rule':
        return this.#state('basic', [{ kind: 'rule', rule: this.rules.get(element.name)!, precedence: element.precedence, follow: next }])
      case 'sequence':
        return element.items.reduceRight((after, item) => this.#build(item, after), next)
      case 'optional':
        return this.#state('blockStart', [epsilon(this.#build(element.body, next)), epsilon(next)])
      case 'alternatives':
        return this.#state(
          'blockStart',
          element.bodies.map((body) => epsilon(this.#build(body, next))),
        )
      case 'star': {
        const entry = this.#state('starLoopEntry', [], element.precedences)
        const loopBack = this.#state('starLoopBack', [epsilon(entry)])
        entry.transitions.push(epsilon(this.#build(element.body, loopBack)), epsilon(next))
        return entry
      }
      case 'plus': {
        const start = this.#state('plusBlockStart')
        const loopBack = this.#state('plusLoopBack', [epsilon(start), epsilon(next)])
        start.transitions.push(epsilon(this.#build(element.body, loopBack)))
        return start
      }
    }
  }
}

const epsilon = (target: State): Transition => ({ kind: 'epsilon', target })

/** Where a transition without a token leads. */
export function targetOf(state: State, alternative = 0): State {
  const transition = state.transitions[alternative]
  if (transition?.kind !== 'epsilon') throw new Error('choices have no tokens')
  return transition.target
}
