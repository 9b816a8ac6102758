// --feature-gates: what is in force here cannot be switched, so a gate may be named, and is refused where upstream refuses it.
// Source: k8s.io/component-base featuregate/feature_gate.go (SetFromMap).
import { type Command, InvalidArgumentError } from 'commander'
import { featureGates as gates } from '../../api/feature-gates.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { Logger } from '../../component-base/logger.ts'

export interface FeatureGateFlags {
  readonly featureGates: ReadonlyMap<string, boolean>
}

/** Switches of whole stages: they name no gate. */
const groups: ReadonlySet<string> = new Set(['AllAlpha', 'AllBeta'])

export function addFeatureGateFlag(command: Command): Command {
  return command.option('--feature-gates <gate=bool,...>', 'gates of upstream; those that can be switched there cannot be switched here', parse, new Map())
}

/** @throws {InvalidArgumentError} in upstream's words */
function parse(text: string, before: ReadonlyMap<string, boolean>): ReadonlyMap<string, boolean> {
  const pairs = text.split(',').map((pair) => pair.trim())
  return new Map([...before, ...pairs.filter(Boolean).map(gateOf)])
}

/** `Gate=true`, or `component:Gate=true`. */
function gateOf(pair: string): [string, boolean] {
  const at = pair.indexOf('=')
  if (at < 0) throw new InvalidArgumentError(`missing bool value for ${pair}`)
  const name = pair.slice(pair.indexOf(':') + 1, at).trim()
  const text = pair.slice(at + 1).trim()
  const value = bools.get(text.toLowerCase())
  if (value === undefined) throw new InvalidArgumentError(`invalid value of ${name}=${text}, err: strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`)
  const gate = gates.get(name)
  if (!gate && !groups.has(name)) throw new InvalidArgumentError(`unrecognized feature gate: ${name}`)
  if (gate?.locked && value !== gate.default) {
    throw new InvalidArgumentError(`cannot set feature gate ${name} to ${value}, feature is locked to ${gate.default}`)
  }
  return [name, value]
}

const bools: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'true'].map((text) => [text, true] as const),
  ...['0', 'f', 'false'].map((text) => [text, false] as const),
])

/** Says of each gate that was switched that it was not. */
export function reportFeatureGates({ featureGates }: FeatureGateFlags, logger: Logger): void {
  const names = [...featureGates].filter(([name, value]) => value !== (gates.get(name)?.default ?? false)).map(([name]) => name)
  if (names.length > 0) logger.warn('Feature gates cannot be switched, they stay as they are by default in 1.36', { gates: names })
}
