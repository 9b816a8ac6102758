// The grammar of expressions. Source: cel-go parser/gen/CEL.g4.
import type { TokenKind } from '../lexer.ts'
import { Automaton, type Element } from './automaton.ts'

const token = (...tokens: TokenKind[]): Element => ({ kind: 'token', tokens })
const rule = (name: string, precedence = 0): Element => ({ kind: 'rule', name, precedence })
const sequence = (...items: Element[]): Element => ({ kind: 'sequence', items })
const optional = (...items: Element[]): Element => ({ kind: 'optional', body: sequence(...items) })
const star = (...items: Element[]): Element => ({ kind: 'star', body: sequence(...items) })
const plus = (...items: Element[]): Element => ({ kind: 'plus', body: sequence(...items) })
const oneOf = (...bodies: Element[]): Element => ({ kind: 'alternatives', bodies })
/** The loop of a left-recursive rule: alternatives with their precedences. */
const operators = (...alternatives: (readonly [number, Element])[]): Element => ({
  kind: 'star',
  precedences: alternatives.map(([precedence]) => precedence),
  body: alternatives.length === 1 ? alternatives[0]![1] : oneOf(...alternatives.map(([, body]) => body)),
})
const listOf = (...items: (() => Element)[]): Element => {
  const element = () => sequence(...items.map((make) => make()))
  return sequence(element(), star(token(','), element()))
}

export const celGrammar = new Automaton({
  start: sequence(rule('expr'), token('EOF')),
  expr: sequence(rule('conditionalOr'), optional(token('?'), rule('conditionalOr'), token(':'), rule('expr'))),
  conditionalOr: sequence(rule('conditionalAnd'), star(token('||'), rule('conditionalAnd'))),
  conditionalAnd: sequence(rule('relation'), star(token('&&'), rule('relation'))),
  relation: sequence(rule('calc'), operators([1, sequence(token('<', '<=', '>=', '>', '==', '!=', 'in'), rule('relation', 2))])),
  calc: sequence(rule('unary'), operators([2, sequence(token('*', '/', '%'), rule('calc', 3))], [1, sequence(token('+', '-'), rule('calc', 2))])),
  unary: oneOf(rule('member'), sequence(plus(token('!')), rule('member')), sequence(plus(token('-')), rule('member'))),
  member: sequence(
    rule('primary'),
    operators(
      [3, sequence(token('.'), optional(token('?')), rule('escapeIdent'))],
      [2, sequence(token('.'), token('IDENTIFIER'), token('('), optional(rule('exprList')), token(')'))],
      [1, sequence(token('['), optional(token('?')), rule('expr'), token(']'))],
    ),
  ),
  primary: oneOf(
    sequence(optional(token('.')), token('IDENTIFIER')),
    sequence(optional(token('.')), token('IDENTIFIER'), token('('), optional(rule('exprList')), token(')')),
    sequence(token('('), rule('expr'), token(')')),
    sequence(token('['), optional(rule('listInit')), optional(token(',')), token(']')),
    sequence(token('{'), optional(rule('mapInitializerList')), optional(token(',')), token('}')),
    sequence(
      optional(token('.')),
      token('IDENTIFIER'),
      star(token('.'), token('IDENTIFIER')),
      token('{'),
      optional(rule('fieldInitializerList')),
      optional(token(',')),
      token('}'),
    ),
    rule('literal'),
  ),
  exprList: listOf(() => rule('expr')),
  listInit: listOf(() => rule('optExpr')),
  fieldInitializerList: listOf(
    () => rule('optField'),
    () => token(':'),
    () => rule('expr'),
  ),
  optField: sequence(optional(token('?')), rule('escapeIdent')),
  mapInitializerList: listOf(
    () => rule('optExpr'),
    () => token(':'),
    () => rule('expr'),
  ),
  escapeIdent: oneOf(token('IDENTIFIER'), token('ESC_IDENTIFIER')),
  optExpr: sequence(optional(token('?')), rule('expr')),
  literal: oneOf(
    sequence(optional(token('-')), token('NUM_INT')),
    token('NUM_UINT'),
    sequence(optional(token('-')), token('NUM_FLOAT')),
    token('STRING'),
    token('BYTES'),
    token('true'),
    token('false'),
    token('null'),
  ),
})
