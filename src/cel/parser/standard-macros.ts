// has, all, exists, exists_one, map, filter. Source: cel-go parser/macro.go.
import type { Expr } from '../ast/expr.ts'
import { type Macro, MacroError, type MacroHelper } from './macro.ts'

/**
 * The name of a variable that a macro declares.
 * @throws {MacroError} with `message` if it is something else, or the variable macros use themselves
 */
export function iterationVariable(expr: Expr, helper: MacroHelper, message = 'argument is not an identifier'): string {
  if (expr.kind !== 'ident') throw new MacroError(message, expr)
  if (expr.name === helper.accuVar || expr.name === '__result__') throw new MacroError('iteration variable overwrites accumulator variable', expr)
  return expr.name
}

type Variables = (helper: MacroHelper, args: readonly Expr[]) => { iterVar: string; iterVar2?: string }

const oneVariable: Variables = (helper, args) => ({ iterVar: iterationVariable(args[0]!, helper, 'argument must be a simple name') })

/** A macro over the elements of its target, whose last argument is a predicate. */
const quantifier =
  (name: string, argCount: number, variables: Variables, make: (helper: MacroHelper, predicate: Expr) => Loop): Macro['expand'] =>
  (helper, target, args) =>
    helper.comprehension({ range: target!, ...variables(helper, args), accuVar: helper.accuVar, ...make(helper, args.at(-1)!) })

interface Loop {
  accuInit: Expr
  condition: Expr
  step: Expr
  result: Expr
}

const all = (helper: MacroHelper, predicate: Expr): Loop => ({
  accuInit: helper.literal(true),
  condition: helper.call('@not_strictly_false', helper.accuIdent()),
  step: helper.call('_&&_', helper.accuIdent(), predicate),
  result: helper.accuIdent(),
})

const exists = (helper: MacroHelper, predicate: Expr): Loop => ({
  accuInit: helper.literal(false),
  condition: helper.call('@not_strictly_false', helper.call('!_', helper.accuIdent())),
  step: helper.call('_||_', helper.accuIdent(), predicate),
  result: helper.accuIdent(),
})

const existsOne = (helper: MacroHelper, predicate: Expr): Loop => ({
  accuInit: helper.literal(0),
  condition: helper.literal(true),
  step: helper.call('_?_:_', predicate, helper.call('_+_', helper.accuIdent(), helper.literal(1)), helper.accuIdent()),
  result: helper.call('_==_', helper.accuIdent(), helper.literal(1)),
})

/** all, exists and exists_one, whatever its names, for a number of arguments. */
export function quantifierMacros(existsOneNames: readonly string[], argCount: number, variables: Variables): Macro[] {
  const macro = (name: string, make: typeof all): Macro => ({ name, member: true, argCount, expand: quantifier(name, argCount, variables, make) })
  return [macro('all', all), macro('exists', exists), ...existsOneNames.map((name) => macro(name, existsOne))]
}

export const expandMap: Macro['expand'] = (helper, target, args) => {
  const iterVar = iterationVariable(args[0]!, helper)
  const filter = args.length === 3 ? args[1] : undefined
  const appended = helper.call('_+_', helper.accuIdent(), helper.list(args.at(-1)!))
  return helper.comprehension({
    range: target!,
    iterVar,
    accuVar: helper.accuVar,
    accuInit: helper.list(),
    condition: helper.literal(true),
    step: filter ? helper.call('_?_:_', filter, appended, helper.accuIdent()) : appended,
    result: helper.accuIdent(),
  })
}

export const standardMacros: readonly Macro[] = [
  {
    name: 'has',
    member: false,
    argCount: 1,
    expand(helper, _target, args) {
      const arg = args[0]!
      if (arg.kind !== 'select') throw new MacroError('invalid argument to has() macro', arg)
      return helper.presenceTest(arg.operand, arg.field)
    },
  },
  ...quantifierMacros(['exists_one'], 2, oneVariable),
  { name: 'map', member: true, argCount: 2, expand: expandMap },
  { name: 'map', member: true, argCount: 3, expand: expandMap },
  {
    name: 'filter',
    member: true,
    argCount: 2,
    // What is kept is mapped to itself.
    expand: (helper, target, [variable, predicate]) => expandMap(helper, target, [variable!, predicate!, variable!]),
  },
]
