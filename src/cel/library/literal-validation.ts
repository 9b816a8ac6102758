// Arguments that are written out are tried when compiling: `duration('1x')` is refused at once. Source: cel-go cel/validator.go.
import { walk } from '../ast/walk.ts'
import type { AstValidator, Library } from '../declarations.ts'
import { toDuration, toTimestamp } from '../values/convert.ts'
import { compileRegex } from '../values/regex.ts'
import { CelError } from '../values/value.ts'

/** @param position of the argument, the target of a member call not counted */
function literalValidator(name: string, position: (argCount: number) => number, attempt: (text: string) => unknown): AstValidator {
  return (ast, report) => {
    for (const expr of walk(ast.expr)) {
      if (expr.kind !== 'call' || expr.function !== name) continue
      const argument = expr.args[position(expr.args.length)]
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

const first = () => 0

export const literalValidationLibrary: Library = {
  name: 'cel.validator.literals',
  validators: [
    literalValidator('duration', first, toDuration),
    literalValidator('timestamp', first, toTimestamp),
    // The pattern is the last argument, as a member and as a global function.
    literalValidator('matches', (argCount) => argCount - 1, compileRegex),
  ],
}
