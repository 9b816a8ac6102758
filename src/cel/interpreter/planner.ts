// A checked tree to closures: names are resolved, overloads chosen and constants made once, so that running is only calling.
//
// An error is thrown. `&&`, `||` and the loops of comprehensions catch it, as they may absorb it; a variable of a comprehension may hold it.
// Source of the behaviour: cel-go interpreter/{planner,interpretable,decorators,runtimecost}.go.
import type { Call, Expr, Ident, ListLiteral, MapLiteral, Select, StructLiteral } from '../ast/expr.ts'
import type { CheckedAst } from '../checker/checked-ast.ts'
import type { Environment } from '../environment.ts'
import { ArrayList, ValueMap } from '../values/collections.ts'
import { isEqual } from '../values/equal.ts'
import { printKey } from '../values/print.ts'
import { CelError, CelOptional, type CelValue } from '../values/value.ts'
import { planCall } from './call.ts'
import { planComprehension } from './comprehension.ts'
import { type Frame, type Held, pending } from './frame.ts'
import { mapSteps, type Steps } from '../../util/steps.ts'
import { constant, isConstant, type Plan, type Planning } from './plan.ts'
import { Qualifier } from './qualify.ts'
import { attempt, type Evaluate } from './evaluate.ts'
import { actualSize } from '../cost/actual-size.ts'
import { stringTraversalFactor } from '../cost/standard-costs.ts'

interface Local {
  readonly name: string
  readonly slot: number
  readonly initialize: Evaluate | undefined
}

/** Costs of making things. Source: cel-go common/cost.go. */
const listCost = 10
const mapCost = 30
const structCost = 40

/** A step is so many nodes: a millisecond. */
const nodesPerStep = 1024

export class Planner implements Planning {
  readonly ast: CheckedAst
  readonly environment: Environment
  readonly #qualifier: Qualifier
  /** Variables of the comprehensions around, innermost last. */
  readonly #locals: Local[] = []
  /** Every variable of the expression has a slot of its own. */
  #slots = 0
  #nodes = 0

  constructor(environment: Environment, ast: CheckedAst) {
    this.environment = environment
    this.ast = ast
    this.#qualifier = new Qualifier(environment.features)
  }

  *plan(expr: Expr): Steps<Plan> {
    if (++this.#nodes % nodesPerStep === 0) yield
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value)
      case 'ident':
        return this.#planIdent(expr)
      case 'select':
        return yield* this.#planSelect(expr)
      case 'call':
        return yield* this.#planCall(expr)
      case 'list':
        return yield* this.#planList(expr)
      case 'map':
        return yield* this.#planMap(expr)
      case 'struct':
        return { evaluate: yield* this.#planStruct(expr) }
      case 'comprehension':
        return { evaluate: yield* planComprehension(this, expr) }
    }
  }

  *evaluator(expr: Expr): Steps<Evaluate> {
    const { evaluate } = yield* this.plan(expr)
    return evaluate
  }

  *withLocal<T>(name: string, initialize: Evaluate | undefined, make: (slot: number) => Steps<T>): Steps<T> {
    const slot = this.#slots++
    this.#locals.push({ name, slot, initialize })
    const made = yield* make(slot)
    this.#locals.pop()
    return made
  }

  #planIdent({ id, name }: Ident): Plan {
    const reference = this.ast.reference(id)
    if (reference?.kind === 'ident' && reference.type) return constant(reference.type)
    if (reference?.kind === 'ident' && reference.local) return { evaluate: readLocal(this.#locals.findLast((local) => local.name === name)!) }
    return {
      evaluate(frame) {
        frame.spend(1)
        const value = frame.activation.resolve(name)
        if (value === undefined) throw new CelError(`no such attribute(s): ${name}`)
        return value
      },
    }
  }

  *#planSelect({ operand: operandExpr, field, testOnly }: Select): Steps<Plan> {
    const operand = yield* this.evaluator(operandExpr)
    const qualifier = this.#qualifier
    if (testOnly) {
      const cost = this.environment.features.presenceTestHasCost ? 1 : 0
      return {
        evaluate(frame) {
          const value = operand(frame)
          frame.spend(cost)
          return qualifier.isPresent(value, field)
        },
      }
    }
    return {
      evaluate(frame) {
        const value = operand(frame)
        frame.spend(1)
        return qualifier.qualify(value, field)
      },
    }
  }

  *#planCall(expr: Call): Steps<Plan> {
    switch (expr.function) {
      case '_&&_':
        return { evaluate: logical(yield* this.#operands(expr), false) }
      case '_||_':
        return { evaluate: logical(yield* this.#operands(expr), true) }
      case '_?_:_':
        return { evaluate: conditional(yield* this.#operands(expr)) }
      case '_==_':
        return { evaluate: equality(yield* this.#operands(expr), true) }
      case '_!=_':
        return { evaluate: equality(yield* this.#operands(expr), false) }
      case '_[_]':
        return { evaluate: qualified(yield* this.#operands(expr), (value, key) => this.#qualifier.qualify(value, key)) }
      case '_?._':
      case '_[?_]':
        return { evaluate: qualified(yield* this.#operands(expr), (value, key) => this.#qualifier.qualifyOptionally(value, key)) }
      case '@not_strictly_false':
        return { evaluate: notStrictlyFalse(yield* this.evaluator(expr.args[0]!)) }
      default:
        return { evaluate: yield* planCall(this, expr) }
    }
  }

  #operands(expr: Call): Steps<readonly Evaluate[]> {
    return mapSteps(expr.args, (arg) => this.evaluator(arg))
  }

  *#planList({ elements, optional }: ListLiteral): Steps<Plan> {
    const plans = yield* mapSteps(elements, (element) => this.plan(element))
    if (optional.length === 0 && plans.every(isConstant)) return constant(new ArrayList(plans.map((plan) => plan.constant!)))
    const marked = new Set(optional)
    return {
      evaluate(frame) {
        const values: CelValue[] = []
        for (const [i, { evaluate }] of plans.entries()) {
          const value = marked.has(i) ? unwrapElement(evaluate(frame)) : evaluate(frame)
          if (value !== undefined) values.push(value)
        }
        frame.spend(listCost)
        return new ArrayList(values)
      },
    }
  }

  *#planMap({ entries }: MapLiteral): Steps<Plan> {
    const plans: { readonly key: Plan; readonly value: Plan; readonly optional: boolean }[] = []
    for (const { key, value, optional } of entries) plans.push({ key: yield* this.plan(key), value: yield* this.plan(value), optional })
    const evaluate = (frame: Frame) => {
      const values: [CelValue, CelValue][] = []
      for (const { key, value, optional } of plans) {
        const evaluated = key.evaluate(frame)
        const given = optional ? unwrapEntry(evaluated, value.evaluate(frame)) : value.evaluate(frame)
        if (given !== undefined) values.push([evaluated, given])
      }
      frame.spend(mapCost)
      return ValueMap.of(values)
    }
    if (!plans.every(({ key, value, optional }) => isConstant(key) && isConstant(value) && !optional)) return { evaluate }
    try {
      return constant(ValueMap.of(plans.map(({ key, value }) => [key.constant!, value.constant!])))
    } catch (error) {
      // A key that occurs twice is an error of the evaluation.
      if (error instanceof CelError) return { evaluate }
      throw error
    }
  }

  *#planStruct({ typeName, fields }: StructLiteral): Steps<Evaluate> {
    const type = this.environment.type(typeName)!
    const provider = this.environment.typeProviders.find((candidate) => candidate.construct && candidate.findType(typeName))
    const plans: { readonly key: string; readonly evaluate: Evaluate; readonly optional: boolean }[] = []
    for (const { key, value, optional } of fields) plans.push({ key, evaluate: yield* this.evaluator(value), optional })
    return (frame) => {
      const values = new Map<string, CelValue>()
      for (const { key, evaluate, optional } of plans) {
        const value = optional ? unwrapEntry(key, evaluate(frame)) : evaluate(frame)
        if (value !== undefined) values.set(key, value)
      }
      frame.spend(structCost)
      if (!provider?.construct) throw new CelError(`unknown type: ${typeName}`)
      return provider.construct(type, values)
    }
  }
}

function readLocal({ slot, initialize }: Local): Evaluate {
  if (initialize) return (frame) => readBinding(frame, slot, initialize)
  return (frame) => {
    frame.spend(1)
    return settled(frame.slots[slot]!)
  }
}

function readBinding(frame: Frame, slot: number, initialize: Evaluate): CelValue {
  frame.spend(1)
  if (frame.slots[slot] === pending) frame.slots[slot] = attempt(initialize, frame)
  return settled(frame.slots[slot]!)
}

/** @throws {CelError} if that is what the variable holds */
function settled(held: Held): CelValue {
  if (held instanceof CelError) throw held
  return held as CelValue
}

/** The value of an element marked with `?`; `undefined` if it is none. */
function unwrapElement(value: CelValue): CelValue | undefined {
  if (value instanceof CelOptional) return value.value
  throw new CelError(`cannot initialize optional list element from non-optional value`)
}

function unwrapEntry(key: CelValue, value: CelValue): CelValue | undefined {
  if (value instanceof CelOptional) return value.value
  throw new CelError(`cannot initialize optional entry '${printKey(key)}' from non-optional value`)
}

/** `&&` (decided by false) or `||` (decided by true): if one side decides, errors of the other do not matter. */
function logical([left, right]: readonly Evaluate[], decisive: boolean): Evaluate {
  return (frame) => {
    let failure: CelError | undefined
    try {
      const value = left!(frame)
      if (value === decisive) return decisive
      if (typeof value !== 'boolean') failure = new CelError('no such overload')
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      failure = error
    }
    if (failure === undefined) {
      const value = right!(frame)
      if (typeof value === 'boolean') return value
      throw new CelError('no such overload')
    }
    if (isDecided(right!, frame, decisive)) return decisive
    throw failure
  }
}

function isDecided(evaluate: Evaluate, frame: Frame, decisive: boolean): boolean {
  try {
    return evaluate(frame) === decisive
  } catch (error) {
    if (error instanceof CelError) return false
    throw error
  }
}

function conditional([condition, whenTrue, whenFalse]: readonly Evaluate[]): Evaluate {
  return (frame) => {
    const value = condition!(frame)
    if (value === true) return whenTrue!(frame)
    if (value === false) return whenFalse!(frame)
    throw new CelError('no such overload')
  }
}

function equality([left, right]: readonly Evaluate[], expected: boolean): Evaluate {
  return (frame) => {
    const a = left!(frame)
    const b = right!(frame)
    frame.spend(Math.ceil(Math.min(actualSize(a), actualSize(b)) * stringTraversalFactor))
    return isEqual(a, b) === expected
  }
}

function qualified([operand, key]: readonly Evaluate[], look: (value: CelValue, key: CelValue) => CelValue): Evaluate {
  return (frame) => {
    const value = operand!(frame)
    const at = key!(frame)
    frame.spend(1)
    return look(value, at)
  }
}

/** Goes on unless the answer is certainly no: an error may still be absorbed. */
const notStrictlyFalse =
  (operand: Evaluate): Evaluate =>
  (frame) => {
    try {
      frame.spend(1)
      return operand(frame) !== false
    } catch (error) {
      if (error instanceof CelError) return true
      throw error
    }
  }
