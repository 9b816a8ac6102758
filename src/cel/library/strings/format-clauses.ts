// The text of a format: `%s`, `%.3f`, `%%`. Source: cel-go ext/formatting.go (parseFormatString).
import { checkTextLength } from '../../values/bounds.ts'
import { CelError } from '../../values/value.ts'

export type Verb = 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o'

export interface Clause {
  readonly verb: Verb
  /** Digits after the point, for `f` and `e`. */
  readonly precision: number
}

/** Without a precision as many digits are printed. */
const precisionDefault = 6
/** More digits than a double has; a larger number would only make a long text. */
const precisionMax = 1000

const verbs = new Set<string>(['s', 'd', 'f', 'e', 'b', 'x', 'X', 'o'])

/**
 * Puts arguments into a format.
 * @param argCount how many there are
 * @param print the text of the argument of a position
 * @throws {CelError} for a format that is none, with upstream's words
 */
export function interpolate(format: string, argCount: number, print: (clause: Clause, position: number) => string): string {
  let out = ''
  let position = 0
  for (let at = 0; at < format.length;) {
    const percent = format.indexOf('%', at)
    if (percent < 0) return out + format.slice(at)
    out += format.slice(at, percent)
    if (format[percent + 1] === '%') {
      out += '%'
      at = percent + 2
      continue
    }
    if (position >= argCount) throw new CelError(`index ${position} out of range`)
    if (percent + 1 >= format.length) throw new CelError('unexpected end of string')
    const { clause, end } = parseClause(format, percent + 1)
    out += print(clause, position++)
    checkTextLength(out.length)
    at = end
  }
  return out
}

function parseClause(format: string, start: number): { clause: Clause; end: number } {
  const fail = (reason: string) => new CelError(`could not parse formatting clause: ${reason}`)
  let at = start
  let precision = precisionDefault
  if (format[at] === '.') {
    const digits = /^[0-9]*/.exec(format.slice(at + 1))![0]
    at += 1 + digits.length
    if (at >= format.length) throw fail('error while parsing precision: could not find end of precision specifier')
    if (digits === '') throw fail('error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax')
    precision = Number(digits)
    if (precision > precisionMax) throw fail(`precision ${digits} exceeds maximum allowed precision ${precisionMax}`)
  }
  const verb = String.fromCodePoint(format.codePointAt(at)!)
  if (!verbs.has(verb)) throw fail(`unrecognized formatting clause "${verb}"`)
  return { clause: { verb: verb as Verb, precision }, end: at + 1 }
}
