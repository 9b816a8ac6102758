// Arguments that are written out are tried when compiling: `duration('1x')` is refused at once. Source: cel-go cel/validator.go.
import type { Call } from '../ast/expr.ts'
import { walk } from '../ast/walk.ts'
import type { AstValidator, Library } from '../declarations.ts'
import { toDuration, toTimestamp } from '../values/convert.ts'
import { compileRegex } from '../values/regex.ts'
import { CelError } from '../values/value.ts'

interface Validated {
  readonly name: string
  /** Of the argument, the target of a member call not counted. */
  readonly position: (argCount: number) => number
  readonly attempt: (text: string) => unknown
}

const first = () => 0

/** In the order of their complaints. */
const validated: readonly Validated[] = [
  { name: 'duration', position: first, attempt: toDuration },
  { name: 'timestamp', position: first, attempt: toTimestamp },
  // The pattern is the last argument, as a member and as a global function.
  { name: 'matches', position: (argCount) => argCount - 1, attempt: compileRegex },
]
const names: ReadonlySet<string> = new Set(validated.map(({ name }) => name))

const validateLiterals: AstValidator = (ast, report) => {
  const calls: Call[] = []
  for (const expr of walk(ast.expr)) if (expr.kind === 'call' && names.has(expr.function)) calls.push(expr)
  for (const { name, position, attempt } of validated) {
    for (const { function: called, args } of calls) {
      const argument = called === name ? args[position(args.length)] : undefined
      if (argument?.kind !== 'literal' || typeof argument.value !== 'string') continue
      try {
        attempt(argument.value)
      } catch (error) {
        if (!(error instanceof CelError)) throw error
        report(`invalid ${name} argument`, argument.id)
      }
    }
  }
}

export const literalValidationLibrary: Library = { name: 'cel.validator.literals', validators: [validateLiterals] }
