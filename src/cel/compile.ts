// From a text to something that runs: parse, expand macros, check types, validate, plan.
import { finish, type Steps } from '../util/steps.ts'
import type { CheckedAst } from './checker/checked-ast.ts'
import { check } from './checker/checker.ts'
import type { Environment } from './environment.ts'
import { CompiledProgram } from './interpreter/compiled-program.ts'
import type { Program } from './interpreter/program.ts'
import { Issues } from './parser/issues.ts'
import { parse } from './parser/parser.ts'
import type { CelType } from './types/cel-type.ts'

export type Compilation =
  | { readonly ok: true; readonly ast: CheckedAst; /** What the expression yields. */ readonly type: CelType; readonly program: Program }
  /** `issues.toString()` is the text cel-go prints: `ERROR: <input>:1:1: ...` with the line and a caret. */
  | { readonly ok: false; readonly issues: Issues }

/** Parses, checks and plans an expression; never throws for what a user wrote. */
export function* compileInSteps(environment: Environment, source: string): Steps<Compilation> {
  const parsed = parse(environment, source)
  yield
  if (!parsed.ok) return parsed
  const checked = yield* check(environment, parsed.source, parsed.expr)
  if (!checked.ok) return checked
  const { ast } = checked
  const issues = new Issues(ast.source)
  for (const validate of environment.validators) {
    yield
    validate(ast, (message, id) => issues.addAt(message, id))
  }
  if (issues.size > 0) return { ok: false, issues }
  yield
  return { ok: true, ast, type: ast.typeOf(ast.expr.id), program: yield* CompiledProgram.plan(environment, ast) }
}

export const compile = (environment: Environment, source: string): Compilation => finish(compileInSteps(environment, source))
