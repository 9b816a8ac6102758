// An expression of the API, compiled: it must yield what its field wants. Source: k8s.io/apiserver pkg/admission/plugin/cel/compile.go.
import { finish, type Steps } from '../../util/steps.ts'
import type { CheckedAst } from '../checker/checked-ast.ts'
import { compileInSteps } from '../compile.ts'
import type { Environment } from '../environment.ts'
import type { Program } from '../interpreter/program.ts'
import type { CelType } from '../types/cel-type.ts'
import { constantCallError } from './constant-calls.ts'

/** Why a text is no expression that may stand there. `internal` is upstream's word for what is only found when it is planned. */
export interface ExpressionError {
  readonly kind: 'invalid' | 'internal'
  readonly detail: string
}

export interface CompiledExpression {
  readonly ok: true
  readonly source: string
  readonly type: CelType
  readonly ast: CheckedAst
  readonly program: Program
}

export type ExpressionCompilation = CompiledExpression | { readonly ok: false; readonly source: string; readonly error: ExpressionError }

/** As Go prints a type: by its declared name, not as the checker's messages do. */
export function declaredName({ kind, name, parameters }: CelType): string {
  if (kind === 'wrapper') return `wrapper(${name})`
  return parameters.length === 0 ? name : `${name}(${parameters.map(declaredName).join(', ')})`
}

/** Whether a type is another to the last parameter. */
export function isExactly(type: CelType, other: CelType): boolean {
  return (
    type.kind === other.kind &&
    type.name === other.name &&
    type.parameters.length === other.parameters.length &&
    type.parameters.every((parameter, i) => isExactly(parameter, other.parameters[i]!))
  )
}

export interface ExpressionOptions {
  /** What it may yield, exactly; left out: anything. */
  readonly wanted?: readonly CelType[]
  /** Says that it yields something else. */
  readonly complain?: (wanted: readonly CelType[], got: CelType) => string
}

/** `must evaluate to bool but got int`. */
export function mustEvaluateTo(wanted: readonly CelType[], got: CelType): string {
  const names = wanted.map(declaredName)
  return `must evaluate to ${names.length === 1 ? names[0]! : `one of [${names.join(' ')}]`} but got ${declaredName(got)}`
}

/** Every issue shows the line that it is in: a hundred issues of a long line would be megabytes. */
const detailMax = 100_000
const shortened = (detail: string) => (detail.length > detailMax ? `${detail.slice(0, detailMax)}... (${detail.length - detailMax} more characters)` : detail)

/** @param source as the user wrote it */
export function* expressionInSteps(
  environment: Environment,
  source: string,
  { wanted, complain = mustEvaluateTo }: ExpressionOptions = {},
): Steps<ExpressionCompilation> {
  const compiled = yield* compileInSteps(environment, source)
  yield
  const failed = (kind: ExpressionError['kind'], detail: string) => ({ ok: false, source, error: { kind, detail: shortened(detail) } }) as const
  if (!compiled.ok) return failed('invalid', `compilation failed: ${compiled.issues.toString()}`)
  const { ast, type, program } = compiled
  if (wanted && !wanted.some((each) => isExactly(type, each))) return failed('invalid', complain(wanted, type))
  yield
  const unplanned = constantCallError(environment, ast)
  if (unplanned !== undefined) return failed('internal', `program instantiation failed: ${unplanned}`)
  return { ok: true, source, type, ast, program }
}

export const compileExpression = (environment: Environment, source: string, options?: ExpressionOptions): ExpressionCompilation =>
  finish(expressionInSteps(environment, source, options))
