// What /flagz shows of a command line. Source: k8s.io/apiserver pkg/server/flagz/flagreader.go, spf13/pflag (String of each kind of value).
import { isIPv6 } from 'node:net'
import type { Command, Option } from 'commander'
import { formatDuration } from '../apimachinery/duration/duration.ts'
import type { HostPort } from './upstream-flags/host-port.ts'
import { duration } from './upstream-flags/values.ts'

/**
 * Reads a command line into `command`.
 * @returns name without dashes -> value as upstream's flag library writes it, of all flags that were given or have a default. None of
 * them holds a secret: credentials are in files.
 */
export function parseFlags(command: Command, argv: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (text: string | null) => {
      const former = given.get(option.name())
      given.set(option.name(), former === undefined ? (text ?? '') : `${former},${text}`)
    })
  }
  command.parse(argv, { from: 'user' })
  return new Map(
    command.options.flatMap((option): [string, string][] => {
      const value: unknown = command.getOptionValue(option.attributeName())
      if (option.name() === 'version' || (value === undefined && !given.has(option.name()) && option.hidden)) return []
      return [[option.name(), textOf(value, option) ?? given.get(option.name()) ?? '']]
    }),
  )
}

/** Undefined for values that have another form only in here. */
function textOf(value: unknown, { parseArg }: Option): string | undefined {
  if (typeof value === 'number' && parseArg === duration) return formatDuration(BigInt(Math.round(value * 1e6)))
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return `[${value.join(',')}]`
  return isHostPort(value) ? `${isIPv6(value.host) ? `[${value.host}]` : value.host}:${value.port}` : undefined
}

const isHostPort = (value: unknown): value is HostPort => typeof value === 'object' && value !== null && 'host' in value && 'port' in value
