// `'%d'.format(['x'])` is refused when compiling. Source: cel-go ext/formatting.go (stringFormatValidator).
import type { Call, Expr } from '../../ast/expr.ts'
import { walk } from '../../ast/walk.ts'
import type { CheckedAst } from '../../checker/checked-ast.ts'
import type { AstValidator } from '../../declarations.ts'
import type { TypeKind } from '../../types/cel-type.ts'
import { CelError } from '../../values/value.ts'
import { interpolate, type Verb } from './format-clauses.ts'
import { formatMismatch } from './format-errors.ts'

const printable: Readonly<Record<Verb, readonly TypeKind[]>> = {
  s: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
  d: ['int', 'uint'],
  // Three strings are allowed: NaN, Infinity and -Infinity.
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
}

export const formatValidator: AstValidator = (ast, report) => {
  for (const expr of walk(ast.expr)) {
    if (expr.kind !== 'call' || expr.function !== 'format' || !ast.overloadIds(expr.id).includes('string_format')) continue
    validate(ast, expr, report)
  }
}

function validate(ast: CheckedAst, { id, target, args: [list] }: Call, report: (message: string, id: number) => void): void {
  if (target?.kind !== 'literal' || typeof target.value !== 'string' || list?.kind !== 'list') return
  let requested = 0
  let at = id
  try {
    interpolate(target.value, list.elements.length, ({ verb }, position) => {
      requested++
      const bad = findUnprintable(ast, list.elements[position]!, verb)
      if (!bad) return ''
      at = bad.id
      throw new CelError(`error during formatting: ${formatMismatch(verb, ast.typeOf(bad.id).name)}`)
    })
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    report(error.message, at)
    return
  }
  if (list.elements.length > requested) report(`too many arguments supplied to string.format (expected ${requested}, got ${list.elements.length})`, id)
}

/** The part that the clause cannot print; of lists and maps that are written out, their parts. */
function findUnprintable(ast: CheckedAst, expr: Expr, verb: Verb): Expr | undefined {
  const { kind } = ast.typeOf(expr.id)
  if (kind !== 'dyn' && !printable[verb].includes(kind)) return expr
  if (verb !== 's') return undefined
  const parts = expr.kind === 'list' ? expr.elements : expr.kind === 'map' ? expr.entries.flatMap(({ key, value }) => [key, value]) : []
  for (const part of parts) {
    const bad = findUnprintable(ast, part, verb)
    if (bad) return bad
  }
  return undefined
}
