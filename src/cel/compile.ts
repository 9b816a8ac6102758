// From a text to something that runs: parse, expand macros, check types, plan.
import type { CheckedAst } from './checker/checked-ast.ts'
import type { Environment } from './environment.ts'
import type { Program } from './interpreter/program.ts'
import type { Issues } from './parser/issues.ts'
import type { CelType } from './types/cel-type.ts'

export type Compilation =
  | { readonly ok: true; readonly ast: CheckedAst; /** What the expression yields. */ readonly type: CelType; readonly program: Program }
  /** `issues.toString()` is the text cel-go prints: `ERROR: <input>:1:1: ...` with the line and a caret. */
  | { readonly ok: false; readonly issues: Issues }

/** Parses, checks and plans an expression. Takes time linear in the text, whatever it says; never throws for what a user wrote. */
export declare function compile(environment: Environment, source: string): Compilation
