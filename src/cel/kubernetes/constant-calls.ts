// Calls that cel-go makes when it plans an expression, because their arguments are constants: conversions of a literal and regular
// expressions. What goes wrong then keeps the expression from being accepted. Source: cel-go interpreter/{planner,decorators}.go.
import type { Call } from '../ast/expr.ts'
import { walk } from '../ast/walk.ts'
import type { CheckedAst } from '../checker/checked-ast.ts'
import type { Environment } from '../environment.ts'
import { CelError, type CelValue } from '../values/value.ts'

const conversions: ReadonlySet<string> = new Set(['bool', 'bytes', 'double', 'duration', 'dyn', 'int', 'string', 'timestamp', 'uint'])
const searches: ReadonlySet<string> = new Set(['find', 'findAll'])

/** What the call says when it is made with the values; undefined: nothing. */
function complaint(environment: Environment, ast: CheckedAst, call: Call, args: readonly CelValue[]): string | undefined {
  const reference = ast.reference(call.id)
  if (reference?.kind !== 'function' || reference.overloadIds.length !== 1) return undefined
  const declared = environment.function(call.function)
  const overload = declared?.overloads.find(({ id }) => id === reference.overloadIds[0])
  try {
    ;(overload?.evaluate ?? declared?.evaluate)?.(...args)
    return undefined
  } catch (error) {
    if (error instanceof CelError) return error.message.replace(/^Illegal regex: /, '')
    throw error
  }
}

function callError(environment: Environment, ast: CheckedAst, call: Call): string | undefined {
  const [first] = call.args
  if (first?.kind !== 'literal') return undefined
  if (conversions.has(call.function) && !call.target && call.args.length === 1) return complaint(environment, ast, call, [first.value])
  return searches.has(call.function) && call.target ? complaint(environment, ast, call, ['', first.value]) : undefined
}

/** What planning would say; undefined: nothing. */
export function constantCallError(environment: Environment, ast: CheckedAst): string | undefined {
  for (const expr of walk(ast.expr)) {
    const error = expr.kind === 'call' ? callError(environment, ast, expr) : undefined
    if (error !== undefined) return error
  }
  return undefined
}
