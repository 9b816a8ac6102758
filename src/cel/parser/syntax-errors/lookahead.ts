// Which tokens may come next, and which alternative the coming tokens choose.
// Source: ANTLR 4.13 runtime/Go ll1_analyzer.go, parser_atn_simulator.go.
import type { TokenKind } from '../lexer.ts'
import { type Rule, type State, targetOf } from './automaton.ts'

/** A rule that is being parsed: from which state it was called. */
export interface Context {
  readonly invokedFrom: State
  readonly parent: Context | undefined
}

/** Tokens, and 'end' where the rule may end. */
export type TokenSet = ReadonlySet<TokenKind | 'end'>

/** Where a rule called from the state goes on. */
export function followOf(state: State): State {
  const [transition] = state.transitions
  if (transition?.kind !== 'rule') throw new Error('a rule is called from states of calls only')
  return transition.follow
}

/** Tokens that may come at a state of a rule, within the rule. */
export function nextTokens(state: State): TokenSet {
  const known = nextTokensCache.get(state)
  if (known) return known
  const found = look(state, [])
  nextTokensCache.set(state, found)
  return found
}
const nextTokensCache = new WeakMap<State, TokenSet>()

/** Tokens that may come at a state, after the end of the rule those of its callers; at the end of all EOF. */
export function nextTokensInContext(state: State, context: Context | undefined): TokenSet {
  const all = new Set(nextTokens(state))
  let caller = context
  while (all.delete('end')) {
    if (!caller) {
      all.add('EOF')
      break
    }
    for (const token of nextTokens(followOf(caller.invokedFrom))) all.add(token)
    caller = caller.parent
  }
  return all
}

function look(state: State, calls: readonly { rule: Rule; follow: State }[], found = new Set<TokenKind | 'end'>(), seen = new Set<string>()): TokenSet {
  const key = `${state.id}:${calls.map(({ follow }) => follow.id).join(',')}`
  if (seen.has(key)) return found
  seen.add(key)
  if (state.type === 'ruleStop') {
    const caller = calls.at(-1)
    if (caller) look(caller.follow, calls.slice(0, -1), found, seen)
    else found.add('end')
    return found
  }
  for (const transition of state.transitions) {
    if (transition.kind === 'token') for (const token of transition.tokens) found.add(token)
    else if (transition.kind === 'epsilon') look(transition.target, calls, found, seen)
    else if (!calls.some(({ rule }) => rule === transition.rule)) look(transition.rule.start, [...calls, transition], found, seen)
  }
  return found
}

/** Calls to return to. Equal stacks are the same object. */
interface Stack {
  readonly id: number
  readonly follow: State
  readonly parent: Stack | undefined
  /** A call that was made before the decision. */
  readonly outer: boolean
}

interface Config {
  readonly state: State
  readonly alternative: number
  readonly stack: Stack | undefined
  /** Whether the rule of the decision was left. */
  readonly left: boolean
}

export type Prediction = { readonly alternative: number } | { readonly failedAt: number }

/** With how many tokens it was decided. */
interface Simulated {
  readonly prediction: Prediction
  readonly length: number
}

/** Decisions made with so many tokens are remembered: most are made with two, those on dotted names take two for every dot. */
const memoLengthMax = 32

/** Follows all alternatives at once, token by token, until one is left. */
export class Predictor {
  readonly #kindAt: (index: number) => TokenKind
  readonly #stacks = new Map<string, Stack>()
  readonly #outer = new WeakMap<Context, Stack>()
  /** What was decided, by decision, calls around and tokens. */
  readonly #memo = new Map<string, Prediction>()

  constructor(kindAt: (index: number) => TokenKind) {
    this.#kindAt = kindAt
  }

  /** @param start index of the next token @returns the alternative, from 0, or the index of the token that fits none */
  predict(decision: State, context: Context | undefined, start: number): Prediction {
    const outer = this.#outerStack(context)
    let key = `${decision.id}:${outer?.id ?? 0}`
    for (let length = 1; length <= memoLengthMax; length++) {
      key += `:${this.#kindAt(start + length - 1)}`
      const known = this.#memo.get(key)
      if (known) return 'failedAt' in known ? { failedAt: known.failedAt + start } : known
    }
    const { prediction, length } = this.#predictAnew(decision, outer, start)
    if (length <= memoLengthMax) {
      const kinds = Array.from({ length }, (_unused, i) => this.#kindAt(start + i))
      const relative = 'failedAt' in prediction ? { failedAt: prediction.failedAt - start } : prediction
      this.#memo.set(`${decision.id}:${outer?.id ?? 0}:${kinds.join(':')}`, relative)
    }
    return prediction
  }

  #predictAnew(decision: State, outer: Stack | undefined, start: number): Simulated {
    // An ambiguity is looked at again with a weaker demand, as upstream does in its second mode.
    const first = this.#simulate(decision, outer, start, isAmbiguous)
    return first ?? this.#simulate(decision, outer, start, (configs) => viableAlternatives(configs).size === 1)!
  }

  /** @returns `undefined` if it was stopped before one alternative was left */
  #simulate(decision: State, outer: Stack | undefined, start: number, stops: (configs: readonly Config[]) => boolean): Simulated | undefined {
    let configs = this.#closure(
      decision.transitions.map((_transition, alternative): Config => ({ state: targetOf(decision, alternative), alternative, stack: outer, left: false })),
    )
    for (let index = start; ; index++) {
      const kind = this.#kindAt(index)
      const decided = (prediction: Prediction): Simulated => ({ prediction, length: index - start + 1 })
      const reached = this.#closure(configs.flatMap((config) => step(config, kind)))
      if (reached.length === 0) {
        // An alternative that had come to the end of its rule is not to blame for what comes after.
        const finished = configs.filter(({ left, state, stack }) => left || (state.type === 'ruleStop' && !stack))
        return decided(finished.length > 0 ? { alternative: Math.min(...finished.map(({ alternative }) => alternative)) } : { failedAt: index })
      }
      configs = reached
      const alternatives = new Set(configs.map(({ alternative }) => alternative))
      if (alternatives.size === 1 || kind === 'EOF') return decided({ alternative: Math.min(...alternatives) })
      if (!stops(configs)) continue
      const viable = viableAlternatives(configs)
      return viable.size === 1 && stops !== isAmbiguous ? decided({ alternative: Math.min(...viable) }) : undefined
    }
  }

  #outerStack(context: Context | undefined): Stack | undefined {
    const unknown: Context[] = []
    let at = context
    for (; at && !this.#outer.has(at); at = at.parent) unknown.push(at)
    let stack = at && this.#outer.get(at)
    for (const caller of unknown.toReversed()) {
      stack = this.#push(followOf(caller.invokedFrom), stack, true)
      this.#outer.set(caller, stack)
    }
    return stack
  }

  #push(follow: State, parent: Stack | undefined, outer: boolean): Stack {
    const key = `${follow.id}:${parent?.id ?? 0}:${outer}`
    const known = this.#stacks.get(key)
    if (known) return known
    const stack: Stack = { id: this.#stacks.size + 1, follow, parent, outer }
    this.#stacks.set(key, stack)
    return stack
  }

  /** All that is reached without a token. */
  #closure(from: readonly Config[]): Config[] {
    const found = new Map<string, Config>()
    const pending = from.toReversed()
    for (let config = pending.pop(); config; config = pending.pop()) {
      const key = `${config.state.id}:${config.alternative}:${config.stack?.id ?? 0}`
      if (found.has(key)) continue
      found.set(key, config)
      pending.push(...this.#withoutToken(config))
    }
    return [...found.values()]
  }

  *#withoutToken(config: Config): Generator<Config> {
    const { state, stack } = config
    if (state.type === 'ruleStop') {
      if (stack) yield { ...config, state: stack.follow, stack: stack.parent, left: config.left || stack.outer }
      return
    }
    for (const transition of state.transitions) {
      if (transition.kind === 'epsilon') yield { ...config, state: transition.target }
      else if (transition.kind === 'rule') yield { ...config, state: transition.rule.start, stack: this.#push(transition.follow, stack, false) }
    }
  }
}

function step(config: Config, kind: TokenKind): Config[] {
  return config.state.transitions.flatMap((transition) =>
    transition.kind === 'token' && transition.tokens.includes(kind) ? [{ ...config, state: transition.target }] : [],
  )
}

/** Whether alternatives have met at a point, and none is at a point of its own. */
function isAmbiguous(configs: readonly Config[]): boolean {
  const atPoint = new Map<string, Set<number>>()
  const atState = new Map<State, Set<number>>()
  const add = <Key>(map: Map<Key, Set<number>>, key: Key, alternative: number) => map.set(key, (map.get(key) ?? new Set()).add(alternative))
  for (const { state, stack, alternative } of configs) {
    add(atPoint, `${state.id}:${stack?.id ?? 0}`, alternative)
    add(atState, state, alternative)
  }
  const isShared = (alternatives: Set<number>) => alternatives.size > 1
  return [...atPoint.values()].some(isShared) && [...atState.values()].every(isShared)
}

/** Alternatives that came to the same point will go on alike: of them the first counts. */
function viableAlternatives(configs: readonly Config[]): Set<number> {
  const first = new Map<string, number>()
  for (const { state, stack, alternative } of configs) {
    const key = `${state.id}:${stack?.id ?? 0}`
    first.set(key, Math.min(alternative, first.get(key) ?? alternative))
  }
  return new Set(first.values())
}
