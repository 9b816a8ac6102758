// Arguments and options that several commands share, parsed where they come in.
import { Argument, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '../io/duration.ts'
import type { StepFormat } from '../io/steps.ts'
import { CliError } from '../errors.ts'

export const nameArgument = (): Argument => new Argument('[name]', 'the cluster (default: $COX_CLUSTER, else "coxswain")')
export const nameOption = (): Option => new Option('-n, --name <name>', 'the same, as an option')

function wholeNumber(text: string, max: number): number {
  if (!/^\d+$/.test(text) || Number(text) > max) throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`)
  return Number(text)
}

/** More would not fit into one machine's memory: each takes at least 150 MB. */
const nodesMax = 100

export const countOption = (flags: string, description: string): Option => new Option(flags, description).argParser((text) => wholeNumber(text, nodesMax))
export const portOption = (flags: string, description: string): Option => new Option(flags, description).argParser((text) => wholeNumber(text, 65_535))

export const durationOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text) => {
    const ms = parseDuration(text)
    if (ms === undefined) throw new InvalidArgumentError('Write it like 90s, 2m or 1h30m.')
    return ms
  })

/** @throws {CliError} for an unknown `-o` */
export function stepFormat({ quiet, output }: { readonly quiet?: boolean; readonly output?: string }): StepFormat {
  const format = outputFormat(output, ['text', 'json'])
  return quiet ? 'quiet' : format === 'json' ? 'json' : 'text'
}

export function outputFormat<const F extends string>(text: string | undefined, formats: readonly F[]): F {
  const found = formats.find((format) => format === (text ?? formats[0]))
  if (!found) throw new CliError('usage', `-o ${text} is not a format`, `use ${formats.join(' or ')}`)
  return found
}
