// Random expressions for property tests: texts that parse, of all operators, literals and macros, and mostly of wrong types.
import * as fc from 'fast-check'

const names = ['a', 'b', 'object', 'items', 'x']
const literals = ['0', '1', '-7', '9223372036854775807', '2u', '18446744073709551615u', '1.5', '-0.0', 'true', 'false', 'null', "'text'", '"é😀"', "b'\\xff'"]
const binaries = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||']
const functions = ['size', 'int', 'uint', 'double', 'string', 'bytes', 'bool', 'dyn', 'type', 'timestamp', 'duration']
const members = ['startsWith', 'contains', 'matches', 'getHours', 'size', 'orValue', 'optMap']

/** @param withMacros whether there are loops, which have no text of their own */
export const randomExpression = ({ withMacros }: { withMacros: boolean }): fc.Arbitrary<string> =>
  fc.letrec<{ expr: string }>((tie) => {
    const expr = tie('expr')
    const macros = ['all', 'exists', 'exists_one', 'map', 'filter'].map((name) =>
      fc.tuple(expr, expr).map(([target, body]) => `(${target}).${name}(x, ${body})`),
    )
    return {
      expr: fc.oneof(
        { maxDepth: 5, depthSize: 'small' },
        fc.constantFrom(...names, ...literals),
        fc.tuple(expr, fc.constantFrom(...binaries), expr).map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
        fc.tuple(expr, fc.constantFrom(...binaries), expr).map(([left, operator, right]) => `${left} ${operator} ${right}`),
        fc.tuple(fc.constantFrom('!', '-'), expr).map(([operator, operand]) => `${operator}(${operand})`),
        fc.tuple(expr, expr, expr).map((parts) => parts.map((part) => `(${part})`).reduce((text, part, i) => `${text} ${['', '?', ':'][i]} ${part}`)),
        fc.tuple(expr, fc.constantFrom(...names)).map(([operand, field]) => `(${operand}).${field}`),
        fc.tuple(expr, fc.constantFrom(...names)).map(([operand, field]) => `(${operand}).?${field}`),
        fc.tuple(expr, expr).map(([operand, index]) => `(${operand})[${index}]`),
        fc.tuple(expr, expr).map(([operand, index]) => `(${operand})[?${index}]`),
        fc.array(expr, { maxLength: 3 }).map((elements) => `[${elements.join(', ')}]`),
        fc.array(fc.tuple(expr, expr), { maxLength: 3 }).map((entries) => `{${entries.map(([key, value]) => `${key}: ${value}`).join(', ')}}`),
        fc.tuple(fc.constantFrom(...functions), expr).map(([name, arg]) => `${name}(${arg})`),
        fc.tuple(expr, fc.constantFrom(...members), fc.array(expr, { maxLength: 2 })).map(([target, name, args]) => `(${target}).${name}(${args.join(', ')})`),
        ...(withMacros ? macros : []),
      ),
    }
  }).expr
