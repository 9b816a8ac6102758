// How much an expression may cost at least and at most, before it runs. Source: cel-go checker/cost.go.
import type { Call, Comprehension, Expr } from '../ast/expr.ts'
import type { CheckedAst } from '../checker/checked-ast.ts'
import type { Environment } from '../environment.ts'
import { accumulatorName } from '../parser/ast-builder.ts'
import type { CelType } from '../types/cel-type.ts'
import { sizeOf } from '../values/size.ts'
import {
  addEstimates,
  type CallEstimate,
  type CallNode,
  type CostEstimate,
  costMax,
  type CostNode,
  fixed,
  multiplyEstimates,
  type SizeEstimate,
  type SizeEstimator,
  uniteEstimates,
  unknownSize,
} from './estimates.ts'

const none = fixed(0)
const one = fixed(1)
/** Costs of making things. Source: cel-go common/cost.go. */
const listCost = fixed(10)
const mapCost = fixed(30)
const structCost = fixed(40)
/** Before anything was united with it. */
const emptyRange: SizeEstimate = { min: costMax, max: 0 }

export function estimateCost(environment: Environment, ast: CheckedAst, sizes: SizeEstimator): CostEstimate {
  return new Coster(environment, ast, sizes).cost(ast.expr)
}

/** Sizes of the keys (indexes) and values of a container. */
interface EntrySizes {
  readonly container: 'list' | 'map'
  readonly key: SizeEstimate
  readonly value: SizeEstimate
}

/** A variable of a comprehension. */
interface Local {
  readonly name: string
  readonly path: readonly string[] | undefined
  readonly size: SizeEstimate | undefined
  readonly entries: EntrySizes | undefined
}

class Coster {
  readonly #environment: Environment
  readonly #ast: CheckedAst
  readonly #sizes: SizeEstimator
  readonly #paths = new Map<number, readonly string[]>()
  readonly #computedSizes = new Map<number, SizeEstimate>()
  readonly #entrySizes = new Map<number, EntrySizes>()
  readonly #locals: Local[] = []

  constructor(environment: Environment, ast: CheckedAst, sizes: SizeEstimator) {
    this.#environment = environment
    this.#ast = ast
    this.#sizes = sizes
  }

  cost(expr: Expr): CostEstimate {
    switch (expr.kind) {
      case 'literal':
        return none
      case 'ident':
        this.#setPath(expr, this.#local(expr.name)?.path ?? (this.#local(expr.name) ? undefined : [expr.name]))
        return one
      case 'select':
        return this.#costOfSelect(expr.id, expr.operand, expr.field, expr.testOnly)
      case 'call':
        return this.#costOfCall(expr)
      case 'list':
        return this.#costOfList(expr.id, expr.elements)
      case 'map':
        return this.#costOfMap(
          expr.id,
          expr.entries.map(({ key, value }) => [key, value] as const),
        )
      case 'struct':
        return expr.fields.reduce((sum, { value }) => addEstimates(sum, this.cost(value)), structCost)
      case 'comprehension':
        return isBinding(expr) ? this.#costOfBinding(expr) : this.#costOfLoop(expr)
    }
  }

  #costOfSelect(id: number, operand: Expr, field: string, testOnly: boolean): CostEstimate {
    const cost = this.cost(operand)
    if (testOnly) return this.#environment.features.presenceTestHasCost ? addEstimates(cost, one) : cost
    const path = this.#path(operand)
    if (path) this.#paths.set(id, [...path, field])
    const { kind } = this.#ast.typeOf(operand.id)
    return kind === 'map' || kind === 'object' || kind === 'param' ? addEstimates(cost, one) : cost
  }

  #costOfList(id: number, elements: readonly Expr[]): CostEstimate {
    const cost = elements.reduce((sum, element) => addEstimates(sum, this.cost(element)), listCost)
    this.#entrySizes.set(id, { container: 'list', key: one, value: this.#rangeOf(elements) })
    return cost
  }

  #costOfMap(id: number, entries: readonly (readonly [Expr, Expr])[]): CostEstimate {
    const cost = entries.flat().reduce((sum, part) => addEstimates(sum, this.cost(part)), mapCost)
    const [keys, values] = [entries.map(([key]) => key), entries.map(([, value]) => value)]
    this.#entrySizes.set(id, { container: 'map', key: this.#rangeOf(keys), value: this.#rangeOf(values) })
    return cost
  }

  #rangeOf(exprs: readonly Expr[]): SizeEstimate {
    if (exprs.length === 0) return none
    return exprs.map((expr) => this.#sizeOrUnknown(expr)).reduce(uniteEstimates, emptyRange)
  }

  #costOfCall(expr: Call): CostEstimate {
    if (expr.function === 'dyn') {
      const cost = this.cost(expr.args[0]!)
      this.#copySizes(expr, expr.args[0]!)
      return addEstimates(one, cost)
    }
    const argCosts = expr.args.map((arg) => this.cost(arg))
    const args = expr.args.map((arg) => this.#node(arg))
    const targetCost = expr.target ? this.cost(expr.target) : none
    const target = expr.target && this.#node(expr.target)
    const argsCost = argCosts.reduce(addEstimates, none)
    let cost: CostEstimate = { min: costMax, max: 0 }
    let resultSize: SizeEstimate | undefined
    const overloadIds = this.#ast.overloadIds(expr.id)
    if (overloadIds.length === 0) return none
    for (const overloadId of overloadIds) {
      const call: CallNode = { function: expr.function, overloadId, target, args, sizeOf: (node) => this.#sizeOfNode(node) }
      const estimate = this.#estimateLogical(expr, argCosts) ?? this.#estimateCall(expr, call, argsCost)
      cost = uniteEstimates(cost, estimate.cost)
      if (estimate.resultSize) resultSize = resultSize ? uniteEstimates(resultSize, estimate.resultSize) : estimate.resultSize
      if (overloadId === 'index_list' || overloadId === 'index_map') resultSize = this.#followIndex(expr, overloadId)
      resultSize ??= this.#computeSize(expr)
    }
    if (resultSize) this.#computedSizes.set(expr.id, resultSize)
    return addEstimates(targetCost, cost)
  }

  #followIndex(expr: Call, overloadId: 'index_list' | 'index_map'): SizeEstimate | undefined {
    const container = expr.args[0]!
    const path = this.#path(container)
    if (path) this.#paths.set(expr.id, [...path, overloadId === 'index_list' ? '@items' : '@values'])
    return this.#computeEntries(container)?.value
  }

  /** Calls that do not evaluate all of their arguments. */
  #estimateLogical(expr: Call, costs: readonly CostEstimate[]): CallEstimate | undefined {
    const [first, second, third] = costs as [CostEstimate, CostEstimate, CostEstimate]
    if (expr.function === '_&&_' || expr.function === '_||_') return { cost: { min: first.min, max: addEstimates(first, second).max } }
    if (expr.function !== '_?_:_') return undefined
    const [, whenTrue, whenFalse] = expr.args as [Expr, Expr, Expr]
    this.#uniteEntries(expr, whenTrue, whenFalse)
    return {
      cost: addEstimates(first, uniteEstimates(second, third)),
      resultSize: uniteEstimates(this.#sizeOrUnknown(whenTrue), this.#sizeOrUnknown(whenFalse)),
    }
  }

  #estimateCall(expr: Call, call: CallNode, argsCost: CostEstimate): CallEstimate {
    if (expr.function === '_+_' && expr.args.length === 2) this.#uniteEntries(expr, expr.args[0]!, expr.args[1]!)
    const estimate = this.#ask(call)
    return estimate ? { ...estimate, cost: addEstimates(estimate.cost, argsCost) } : { cost: addEstimates(one, argsCost) }
  }

  #ask(call: CallNode): CallEstimate | undefined {
    for (const { estimate } of this.#environment.callCosts) {
      const known = estimate?.(call)
      if (known) return known
    }
    const overload = this.#environment.function(call.function)?.overloads.find(({ id }) => id === call.overloadId)
    return overload?.estimateCost?.(call)
  }

  #costOfLoop(expr: Comprehension): CostEstimate {
    const before = addEstimates(this.cost(expr.range), this.cost(expr.accuInit))
    const variables = [this.#variableOf(expr.accuVar, expr.accuInit), ...this.#iterationVariables(expr)]
    this.#locals.push(...variables)
    const each = addEstimates(this.cost(expr.condition), this.cost(expr.step))
    this.#locals.length -= variables.length - 1
    const result = this.cost(expr.result)
    this.#locals.pop()
    const count = this.#sizeOrUnknown(expr.range)
    this.#setLoopSize(expr, count)
    return addEstimates(addEstimates(before, result), multiplyEstimates(count, each))
  }

  #setLoopSize(expr: Comprehension, count: SizeEstimate): void {
    if (expr.accuInit.kind === 'literal') {
      const size = this.#computeSize(expr.accuInit)
      if (size) this.#computedSizes.set(expr.id, size)
    } else if (expr.accuInit.kind === 'list' || expr.accuInit.kind === 'map') {
      this.#computedSizes.set(expr.id, count)
      const entries = this.#computeEntries(expr.step)
      if (entries) this.#entrySizes.set(expr.id, entries)
    }
  }

  #costOfBinding(expr: Comprehension): CostEstimate {
    const before = addEstimates(this.cost(expr.range), this.cost(expr.accuInit))
    this.#locals.push(this.#variableOf(expr.accuVar, expr.accuInit))
    const result = this.cost(expr.result)
    this.#locals.pop()
    this.#copySizes(expr, expr.result)
    return addEstimates(before, result)
  }

  #variableOf(name: string, value: Expr): Local {
    return { name, path: this.#path(value), size: this.#computeSize(value), entries: this.#computeEntries(value) }
  }

  #iterationVariables({ range, iterVar, iterVar2 }: Comprehension): Local[] {
    const entries = this.#computeEntries(range)
    const isList = (entries?.container ?? this.#ast.typeOf(range.id).kind) === 'list'
    const path = this.#path(range)
    const key = (name: string): Local => ({ name, path: path && [...path, isList ? '@indices' : '@keys'], size: entries?.key, entries: undefined })
    const value = (name: string): Local => ({ name, path: path && [...path, isList ? '@items' : '@values'], size: entries?.value, entries: undefined })
    if (iterVar2 !== undefined) return [key(iterVar), value(iterVar2)]
    return [isList ? value(iterVar) : key(iterVar)]
  }

  #local(name: string): Local | undefined {
    return this.#locals.findLast((local) => local.name === name)
  }

  #setPath(expr: Expr, path: readonly string[] | undefined): void {
    if (path) this.#paths.set(expr.id, path)
  }

  #path(expr: Expr): readonly string[] | undefined {
    const local = expr.kind === 'ident' ? this.#local(expr.name) : undefined
    return local ? local.path : this.#paths.get(expr.id)
  }

  #node(expr: Expr): CostNode {
    const path = this.#path(expr)
    const isOwn = path?.[0] === accumulatorName
    return { path: isOwn ? undefined : path, type: this.#ast.typeOf(expr.id), expr, computedSize: this.#computeSize(expr) }
  }

  #sizeOfNode(node: CostNode): SizeEstimate {
    return node.computedSize ?? this.#sizes.estimateSize(node) ?? unknownSize
  }

  #sizeOrUnknown(expr: Expr): SizeEstimate {
    return this.#computeSize(expr) ?? unknownSize
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.#computeSize(from)
    if (size) this.#computedSizes.set(to.id, size)
    const entries = this.#computeEntries(from)
    if (entries) this.#entrySizes.set(to.id, entries)
  }

  #uniteEntries(to: Expr, a: Expr, b: Expr): void {
    const [left, right] = [this.#computeEntries(a), this.#computeEntries(b)]
    if (!left || !right) return
    this.#entrySizes.set(to.id, {
      container: left.container,
      key: uniteEstimates(left.key, right.key),
      value: uniteEstimates(left.value, right.value),
    })
  }

  /** What the expression tells, else what the owner of the variables knows, else what the type does. */
  #computeSize(expr: Expr): SizeEstimate | undefined {
    const known = this.#computedSizes.get(expr.id) ?? sizeOfExpr(expr)
    if (known) return known
    const type = this.#ast.typeOf(expr.id)
    const told = this.#sizes.estimateSize({ path: this.#path(expr), type, expr, computedSize: undefined })
    if (told) {
      this.#computedSizes.set(expr.id, told)
      return told
    }
    if (isScalar(type)) return one
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined
  }

  #computeEntries(expr: Expr): EntrySizes | undefined {
    return this.#entrySizes.get(expr.id) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined)
  }
}

/** cel.bind: a loop over nothing that never goes on. */
function isBinding({ range, condition, accuVar }: Comprehension): boolean {
  const overNothing = range.kind === 'list' && range.elements.length === 0
  return overNothing && condition.kind === 'literal' && condition.value === false && accuVar !== accumulatorName
}

function sizeOfExpr(expr: Expr): SizeEstimate | undefined {
  if (expr.kind === 'literal') return fixed(sizeOf(expr.value) ?? 1)
  if (expr.kind === 'list') return fixed(expr.elements.length)
  return expr.kind === 'map' ? fixed(expr.entries.length) : undefined
}

const scalars: ReadonlySet<CelType['kind']> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint'])

function isScalar(type: CelType): boolean {
  if (type.kind === 'opaque' && type.name === 'optional_type') return isScalar(type.parameters[0]!)
  return scalars.has(type.kind)
}
