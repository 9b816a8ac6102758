// Gives every node its type and every name its meaning, in steps. Source: cel-go checker/{checker,errors}.go.
import type { Call, Comprehension, Entry, Expr, ListLiteral, MapLiteral, Select, StructLiteral } from '../ast/expr.ts'
import type { FunctionDeclaration, Overload } from '../declarations.ts'
import type { Environment } from '../environment.ts'
import { Issues, type SourceText } from '../parser/issues.ts'
import {
  boolType,
  type CelType,
  dynType,
  errorType,
  intType,
  listType,
  mapType,
  ObjectType,
  optionalType,
  paramType,
  printSignature,
  stringType,
} from '../types/cel-type.ts'
import { mapSteps, type Steps } from '../../util/steps.ts'
import { typeOfValue } from '../values/type-of-value.ts'
import { CheckedAst, type Reference } from './checked-ast.ts'
import { qualifiedName, Scope } from './scope.ts'
import { bounded, isDyn, isDynOrError, isSameType, mostGeneral, Substitution } from './substitution.ts'

export type Checked = { readonly ok: true; readonly ast: CheckedAst } | { readonly ok: false; readonly issues: Issues }

/** A step is so many nodes: a millisecond, or several of those that are dear. */
const nodesPerStep = 512

export function check(environment: Environment, source: SourceText, expr: Expr): Steps<Checked> {
  const checker = new Checker(environment, source)
  return checker.run(expr)
}

const isOptional = (type: CelType) => type.kind === 'opaque' && type.name === 'optional_type'

class Checker {
  readonly #environment: Environment
  readonly #source: SourceText
  readonly #issues: Issues
  readonly #types = new Map<number, CelType>()
  readonly #references = new Map<number, Reference>()
  readonly #substitution = new Substitution()
  #scope: Scope
  #typeVariables = 0
  #nodes = 0

  constructor(environment: Environment, source: SourceText) {
    this.#environment = environment
    this.#source = source
    this.#issues = new Issues(source)
    this.#scope = new Scope(environment)
  }

  *run(expr: Expr): Steps<Checked> {
    const rewritten = yield* this.#check(expr)
    if (this.#issues.size > 0) return { ok: false, issues: this.#issues }
    let resolved = 0
    for (const [id, type] of this.#types) {
      this.#types.set(id, this.#substitution.resolve(type, true))
      if (++resolved % nodesPerStep === 0) yield
    }
    return { ok: true, ast: new CheckedAst(this.#source, rewritten, this.#types, this.#references) }
  }

  *#check(expr: Expr): Steps<Expr> {
    if (++this.#nodes % nodesPerStep === 0) yield
    switch (expr.kind) {
      case 'literal':
        this.#types.set(expr.id, typeOfValue(expr.value))
        return expr
      case 'ident':
        return this.#checkName(expr, expr.name) ?? this.#undeclared(expr, expr.name)
      case 'select':
        return yield* this.#checkSelect(expr)
      case 'call':
        return yield* this.#checkCall(expr)
      case 'list':
        return yield* this.#checkList(expr)
      case 'map':
        return yield* this.#checkMap(expr)
      case 'struct':
        return yield* this.#checkStruct(expr)
      case 'comprehension':
        return yield* this.#checkComprehension(expr)
    }
  }

  #typeOf(expr: Expr): CelType {
    return this.#types.get(expr.id)!
  }

  #undeclared(expr: Expr, name: string): Expr {
    this.#types.set(expr.id, errorType)
    this.#issues.addAt(`undeclared reference to '${name}' (in container '${this.#scope.container}')`, expr.id)
    return expr
  }

  #newTypeVariable(): CelType {
    return paramType(`_var${this.#typeVariables++}`)
  }

  #checkName(expr: Expr, name: string): Expr | undefined {
    const found = this.#scope.findIdent(name)
    if (!found) return undefined
    this.#types.set(expr.id, found.type)
    const local = found.local === true && { local: true }
    this.#references.set(expr.id, { kind: 'ident', name: found.name, ...local, ...(found.value && { type: found.value }) })
    return { kind: 'ident', id: expr.id, name: found.name }
  }

  *#checkSelect(expr: Select): Steps<Expr> {
    const name = qualifiedName(expr)
    if (name !== undefined && !this.#scope.isLocal(name)) {
      const variable = this.#checkName(expr, name)
      if (variable) return variable
    }
    const operand = yield* this.#check(expr.operand)
    const field = this.#fieldType(expr, this.#typeOf(expr.operand), expr.field, false)
    this.#types.set(expr.id, expr.testOnly ? boolType : this.#substitution.resolve(field, false))
    return { ...expr, operand }
  }

  #fieldType(expr: Expr, operand: CelType, field: string, optional: boolean): CelType {
    const resolved = this.#substitution.resolve(operand, false)
    const target = isOptional(resolved) ? resolved.parameters[0]! : resolved
    const type = this.#plainFieldType(expr, target, field)
    return optional || target !== resolved ? optionalType(type) : type
  }

  #plainFieldType(expr: Expr, target: CelType, field: string): CelType {
    if (target.kind === 'map') return target.parameters[1]!
    if (target.kind === 'object') return this.#declaredField(target, field, expr.id) ?? errorType
    if (target.kind === 'param') this.#substitution.isAssignable(dynType, target)
    else if (!isDynOrError(target)) this.#issues.addAt(`type '${target.toString()}' does not support field selection`, expr.id)
    return dynType
  }

  #declaredField(target: CelType, field: string, id: number): CelType | undefined {
    const type = target instanceof ObjectType ? target.field(field) : undefined
    if (!type) this.#issues.addAt(`undefined field '${field}'`, id)
    return type
  }

  *#checkCall(expr: Call): Steps<Expr> {
    if (expr.function === '_?._') return yield* this.#checkOptionalSelect(expr)
    const args = yield* mapSteps(expr.args, (arg) => this.#check(arg))
    if (!expr.target) {
      const declaration = this.#scope.findFunction(expr.function)
      if (!declaration) return this.#undeclared({ ...expr, args }, expr.function)
      return this.#resolve({ ...expr, function: declaration.name, args }, declaration, undefined)
    }
    const prefix = qualifiedName(expr.target)
    const namespaced = prefix === undefined ? undefined : this.#scope.findFunction(`${prefix}.${expr.function}`)
    if (namespaced) return this.#resolve({ ...expr, function: namespaced.name, target: undefined, args }, namespaced, undefined)
    const target = yield* this.#check(expr.target)
    const declaration = this.#scope.findFunction(expr.function)
    if (!declaration) return this.#undeclared({ ...expr, target, args }, expr.function)
    return this.#resolve({ ...expr, target, args }, declaration, target)
  }

  *#checkOptionalSelect(expr: Call): Steps<Expr> {
    const [operandExpr, field] = expr.args as [Expr, Expr]
    if (field.kind !== 'literal' || typeof field.value !== 'string') {
      this.#issues.addAt('unsupported optional field selection', field.id)
      this.#types.set(expr.id, errorType)
      return expr
    }
    const operand = yield* this.#check(operandExpr)
    this.#types.set(field.id, stringType)
    this.#types.set(expr.id, this.#substitution.resolve(this.#fieldType(expr, this.#typeOf(operandExpr), field.value, true), false))
    this.#references.set(expr.id, { kind: 'function', overloadIds: ['select_optional_field'] })
    return { ...expr, args: [operand, field] }
  }

  #resolve(expr: Call, declaration: FunctionDeclaration, target: Expr | undefined): Expr {
    const argExprs = target ? [target, ...expr.args] : expr.args
    const argTypes = argExprs.map((arg) => this.#typeOf(arg))
    if (declaration.name === '_&&_' || declaration.name === '_||_') return this.#resolveLogical(expr, declaration, argTypes)
    const overloadIds: string[] = []
    let result: CelType | undefined
    for (const overload of declaration.overloads) {
      if ((overload.member ?? false) !== (target !== undefined) || this.#isDisabled(overload)) continue
      const instance = this.#instantiate(overload)
      if (!this.#substitution.isAssignableList(argTypes, instance.args)) continue
      overloadIds.push(overload.id)
      const type = this.#substitution.resolve(instance.result, false)
      if (!result) result = type
      else if (!isDyn(result) && !isSameType(type, result)) result = dynType
    }
    if (!result) {
      const signature = printSignature(
        argTypes.map((type) => this.#substitution.resolve(type, true)),
        target !== undefined,
      )
      this.#issues.addAt(`found no matching overload for '${declaration.name}' applied to '${signature}'`, expr.id)
    } else this.#references.set(expr.id, { kind: 'function', overloadIds })
    this.#types.set(expr.id, result ?? errorType)
    return expr
  }

  /** These two report each argument by itself. */
  #resolveLogical(expr: Call, declaration: FunctionDeclaration, argTypes: readonly CelType[]): Expr {
    let ok = true
    for (const [i, type] of argTypes.entries()) {
      if (this.#substitution.isAssignable(type, boolType)) continue
      this.#mismatch(expr.args[i]!.id, boolType, type)
      ok = false
    }
    this.#types.set(expr.id, ok ? boolType : errorType)
    if (ok) this.#references.set(expr.id, { kind: 'function', overloadIds: [declaration.overloads[0]!.id] })
    return expr
  }

  #isDisabled(overload: Overload): boolean {
    return overload.crossTypeComparison === true && !this.#environment.features.crossTypeNumericComparisons
  }

  /** The signature with type variables of its own. */
  #instantiate(overload: Overload): Pick<Overload, 'args' | 'result'> {
    if (!overload.args.some(hasVariable) && !hasVariable(overload.result)) return overload
    const fresh = new Substitution()
    const instantiate = (type: CelType): CelType => {
      for (const name of variableNames(type)) fresh.bindOnce(name, () => this.#newTypeVariable())
      return fresh.resolve(type, false)
    }
    return { args: overload.args.map(instantiate), result: instantiate(overload.result) }
  }

  #mismatch(id: number, expected: CelType, actual: CelType): void {
    this.#issues.addAt(`expected type '${expected.toString()}' but found '${actual.toString()}'`, id)
  }

  /** The type of an element or value; what is marked with `?` must be optional. */
  #elementType(expr: Expr, optional: boolean): CelType {
    const type = this.#typeOf(expr)
    if (!optional) return type
    if (isOptional(type)) return type.parameters[0]!
    if (!isDyn(type)) this.#mismatch(expr.id, optionalType(type), type)
    return type
  }

  #join(expr: Expr, previous: CelType | undefined, current: CelType): CelType {
    if (!previous) return current
    if (this.#substitution.isAssignable(previous, current)) return mostGeneral(previous, current)
    if (!this.#environment.features.homogeneousAggregateLiterals) return dynType
    this.#mismatch(expr.id, previous, current)
    return errorType
  }

  *#checkList(expr: ListLiteral): Steps<Expr> {
    let type: CelType | undefined
    const optional = new Set(expr.optional)
    const elements: Expr[] = []
    for (const [i, element] of expr.elements.entries()) {
      elements.push(yield* this.#check(element))
      type = this.#join(element, type, this.#elementType(element, optional.has(i)))
    }
    this.#types.set(expr.id, bounded(listType(type ?? this.#newTypeVariable())))
    return { ...expr, elements }
  }

  *#checkMap(expr: MapLiteral): Steps<Expr> {
    let keyType: CelType | undefined
    let valueType: CelType | undefined
    const entries: Entry<Expr>[] = []
    for (const entry of expr.entries) {
      const key = yield* this.#check(entry.key)
      keyType = this.#join(entry.key, keyType, this.#typeOf(entry.key))
      const value = yield* this.#check(entry.value)
      valueType = this.#join(entry.value, valueType, this.#elementType(entry.value, entry.optional))
      entries.push({ ...entry, key, value })
    }
    this.#types.set(expr.id, bounded(mapType(keyType ?? this.#newTypeVariable(), valueType ?? this.#newTypeVariable())))
    return { ...expr, entries }
  }

  *#checkStruct(expr: StructLiteral): Steps<Expr> {
    const found = this.#scope.findIdent(expr.typeName)
    if (!found) return this.#undeclared(expr, expr.typeName)
    const type = this.#structType(expr, found.type, found.value)
    this.#types.set(expr.id, type)
    this.#references.set(expr.id, { kind: 'ident', name: found.name, ...(found.value && { type: found.value }) })
    const fields: Entry<string>[] = []
    for (const field of expr.fields) {
      const value = yield* this.#check(field.value)
      const declared = type.kind === 'error' ? errorType : (this.#declaredField(type, field.key, field.id) ?? errorType)
      const given = this.#elementType(field.value, field.optional)
      if (!this.#substitution.isAssignable(declared, given)) {
        const expected = `expected type of field '${field.key}' is '${declared.toString()}'`
        this.#issues.addAt(`${expected} but provided type is '${given.toString()}'`, field.id)
      }
      fields.push({ ...field, value })
    }
    return { ...expr, typeName: found.name, fields }
  }

  #structType(expr: Expr, type: CelType, named: CelType | undefined): CelType {
    if (type.kind === 'error') return errorType
    if (!named) {
      this.#issues.addAt(`'${type.toString()}' is not a type`, expr.id)
      return errorType
    }
    if (named instanceof ObjectType) return named
    this.#issues.addAt(`'${named.toString()}' is not a message type`, expr.id)
    return errorType
  }

  *#checkComprehension(expr: Comprehension): Steps<Expr> {
    const range = yield* this.#check(expr.range)
    const accuInit = yield* this.#check(expr.accuInit)
    const accuType = this.#typeOf(expr.accuInit)
    const [first, second] = this.#iterationTypes(expr)
    const outer = this.#scope
    const result = outer.inner([[expr.accuVar, accuType]])
    const variables: [string, CelType][] = [[expr.iterVar, first]]
    if (expr.iterVar2 !== undefined) variables.push([expr.iterVar2, second])
    this.#scope = result.inner(variables)
    const condition = yield* this.#check(expr.condition)
    this.#assertType(expr.condition, boolType)
    const step = yield* this.#check(expr.step)
    this.#assertType(expr.step, accuType)
    this.#scope = result
    const checkedResult = yield* this.#check(expr.result)
    this.#scope = outer
    this.#types.set(expr.id, this.#substitution.resolve(this.#typeOf(expr.result), false))
    return { ...expr, range, accuInit, condition, step, result: checkedResult }
  }

  /** Of one variable: elements of a list or keys of a map. Of two: index and element, or key and value. */
  #iterationTypes(expr: Comprehension): [CelType, CelType] {
    const range = this.#substitution.resolve(this.#typeOf(expr.range), false)
    const two = expr.iterVar2 !== undefined
    if (range.kind === 'list') return [two ? intType : range.parameters[0]!, range.parameters[0]!]
    if (range.kind === 'map') return [range.parameters[0]!, range.parameters[1]!]
    if (isDynOrError(range) || range.kind === 'param') {
      this.#substitution.isAssignable(dynType, range)
      return [dynType, dynType]
    }
    const problem = 'cannot be range of a comprehension (must be list, map, or dynamic)'
    this.#issues.addAt(`expression of type '${range.toString()}' ${problem}`, expr.range.id)
    return [errorType, errorType]
  }

  #assertType(expr: Expr, type: CelType): void {
    if (!this.#substitution.isAssignable(type, this.#typeOf(expr))) this.#mismatch(expr.id, type, this.#typeOf(expr))
  }
}

const hasVariable = (type: CelType): boolean => type.kind === 'param' || type.parameters.some(hasVariable)

function* variableNames(type: CelType): Generator<string> {
  if (type.kind === 'param') yield type.name
  for (const parameter of type.parameters) yield* variableNames(parameter)
}
