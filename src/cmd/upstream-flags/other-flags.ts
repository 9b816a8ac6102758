// Flags of upstream's that mean nothing here: what they would set has one form only, or none. They are taken, so that a command line
// written for upstream's component starts this one, unless leaving out what they ask for would change what the cluster promises.
import { type Command, InvalidArgumentError, Option } from 'commander'

export interface OtherFlags {
  /** Values that are accepted: any, because nothing depends on it; these, because they say what is so anyway; none. */
  readonly takes: 'anything' | 'nothing' | readonly string[]
  /** Completes "... because". */
  readonly why: string
  /** Names without the dashes; with `[bool]` those that may stand alone. */
  readonly flags: readonly string[]
}

/** Hidden from --help, which is about what can be done; docs/flags.md lists them. */
export function addOtherFlags(command: Command, groups: readonly OtherFlags[]): Command {
  for (const { takes, why, flags } of groups) {
    for (const flag of flags) command.addOption(optionOf(flag, takes, why))
  }
  return command
}

function optionOf(flag: string, takes: OtherFlags['takes'], why: string): Option {
  const [name, bool] = flag.split(' ')
  const option = new Option(bool ? `--${name} [bool]` : `--${name} <value>`, why).hideHelp()
  if (bool) option.preset('true')
  return option.argParser((value) => {
    if (takes === 'anything' || (takes !== 'nothing' && takes.some((each) => sameValue(each, value)))) return value
    const allowed = takes === 'nothing' ? '' : ` Only ${takes.map((each) => (each === '' ? 'nothing' : each)).join(' or ')} can be asked for.`
    throw new InvalidArgumentError(`not supported: ${why}.${allowed}`)
  })
}

const truths: ReadonlyMap<string, string> = new Map([
  ...['1', 't', 'T', 'TRUE', 'True'].map((text) => [text, 'true'] as const),
  ...['0', 'f', 'F', 'FALSE', 'False'].map((text) => [text, 'false'] as const),
])
const sameValue = (a: string, b: string) => a === b || a === truths.get(b)

/** Names of the flags on the command line that change nothing, for the log. */
export function flagsWithoutEffect(command: Command, groups: readonly OtherFlags[]): readonly string[] {
  const names = groups.flatMap(({ takes, flags }) => (takes === 'anything' ? flags.map((flag) => flag.split(' ')[0]!) : []))
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli').map((option) => option.name())
  return given.filter((name) => names.includes(name)).toSorted()
}
