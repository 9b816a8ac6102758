// Flags that are on or off, in the forms that upstream's flag library takes: --flag, --flag=true, --flag=false.
import { InvalidArgumentError, Option } from 'commander'

const values: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
])

/** @param name `--flag`. @param byDefault left out: undefined when the flag is not given */
export function boolFlag(name: string, description: string, byDefault?: boolean): Option {
  return new Option(`${name} [bool]`, description)
    .preset('true')
    .default(byDefault)
    .argParser((text) => parse(text))
}

/** A flag of upstream's of which one value only is possible here. @param why the other is not */
export function fixedFlag(name: string, value: boolean, why: string): Option {
  return new Option(`${name} [bool]`, `${value} only: ${why}`)
    .preset('true')
    .default(value)
    .argParser((text) => {
      if (parse(text) === value) return value
      throw new InvalidArgumentError(`${name}=${value} only: ${why}.`)
    })
}

function parse(text: string): boolean {
  const value = values.get(text)
  if (value === undefined) throw new InvalidArgumentError(`strconv.ParseBool: parsing "${text}": invalid syntax.`)
  return value
}
