// `cel.bind(name, value, expression)`: a local variable. Source: cel-go ext/bindings.go.
import type { Library } from '../declarations.ts'
import { MacroError } from '../parser/macro.ts'

export const bindingsLibrary: Library = {
  name: 'cel.lib.ext.cel.bindings',
  macros: [
    {
      name: 'bind',
      member: true,
      argCount: 3,
      expand(helper, target, args) {
        if (target?.kind !== 'ident' || target.name !== 'cel') return undefined
        const variable = args[0]!
        if (variable.kind !== 'ident') throw new MacroError('cel.bind() variable names must be simple identifiers', variable)
        return helper.comprehension({
          range: helper.list(),
          iterVar: '#unused',
          accuVar: variable.name,
          accuInit: args[1]!,
          condition: helper.literal(false),
          step: helper.ident(variable.name),
          result: args[2]!,
        })
      },
    },
  ],
}
