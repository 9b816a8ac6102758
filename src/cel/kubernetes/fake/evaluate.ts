// For tests: what an expression yields, as values that can be compared.
import type { Environment } from '../../environment.ts'
import { activationOf } from '../../interpreter/program.ts'
import { CelDouble, CelDuration, CelList, CelMap, CelObject, CelOptional, type CelValue } from '../../values/value.ts'
import { baseEnvironment } from '../environment.ts'
import { compileExpression } from '../expression.ts'
import { evaluationLimits } from '../limits.ts'

export interface Outcome {
  /** An Error for an expression that does not compile or ends with one. */
  readonly value: unknown
  readonly cost: number
}

/** Objects are their types' names. */
function plain(value: CelValue): unknown {
  if (value instanceof CelList) return Array.from(value, plain)
  if (value instanceof CelMap) return Object.fromEntries(Array.from(value.keys(), (key) => [plain(key) as string, plain(value.get(key)!)]))
  if (value instanceof CelDouble) return value.value
  if (value instanceof CelDuration) return `${value.nanoseconds}ns`
  if (value instanceof CelOptional) return value.value === undefined ? 'none' : { optional: plain(value.value) }
  return value instanceof CelObject ? value.type.name : value
}

export function evaluate(source: string, environment: Environment = baseEnvironment, variables: Iterable<readonly [string, CelValue]> = []): Outcome {
  const compiled = compileExpression(environment, source)
  if (!compiled.ok) return { value: new Error(compiled.error.detail), cost: 0 }
  const result = compiled.program.evaluate(activationOf(variables), evaluationLimits())
  return { value: result.ok ? plain(result.value) : new Error(result.error.message), cost: result.cost }
}
