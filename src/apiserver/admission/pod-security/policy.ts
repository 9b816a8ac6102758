// What a namespace's pod-security labels ask for. Source: k8s.io/pod-security-admission api/helpers.go.
import { type FieldError, invalid } from '../../../apimachinery/field-errors.ts'

/** From lax to strict. */
const levels = ['privileged', 'baseline', 'restricted'] as const
export type Level = (typeof levels)[number]

export interface LevelVersion {
  readonly level: Level
  /** Minor version of Kubernetes 1; undefined: the latest. */
  readonly minor: number | undefined
}

export const modes = ['enforce', 'audit', 'warn'] as const
export type Mode = (typeof modes)[number]
export type Policy = { readonly [M in Mode]: LevelVersion }

export const labelPrefix = 'pod-security.kubernetes.io/'

/** `baseline:v1.26` */
export const formatLevel = ({ level, minor }: LevelVersion) => `${level}:${minor === undefined ? 'latest' : `v1.${minor}`}`
export const sameLevel = (a: LevelVersion, b: LevelVersion) => a.level === b.level && a.minor === b.minor
export const isStricter = (a: Level, b: Level) => levels.indexOf(a) > levels.indexOf(b)

const isLevel = (text: string): text is Level => (levels as readonly string[]).includes(text)
const versionFormat = /^v1\.(0|[1-9][0-9]*)$/

export const levelError = `must be one of ${levels.join(', ')}`
export const versionError = 'must be "latest" or "v1.x"'

/** @returns undefined for what is no level */
export const parseLevel = (text: string): Level | undefined => (isLevel(text) ? text : undefined)

/** `latest`, `v1.26`. @returns undefined for anything else */
export function parseVersion(text: string): Pick<LevelVersion, 'minor'> | undefined {
  const match = versionFormat.exec(text)
  return match ? { minor: Number(match[1]) } : text === 'latest' ? { minor: undefined } : undefined
}

interface Parsed {
  readonly policy: Policy
  readonly errors: readonly FieldError[]
}

/** A level that cannot be read is taken as the strictest where it is enforced, and as none where it only informs. */
export function parsePolicy(labels: { readonly [key: string]: string } | undefined, defaults: Policy): Parsed {
  const errors: FieldError[] = []
  const policy = { ...defaults }
  let enforceGiven = false
  for (const mode of modes) {
    const levelKey = `${labelPrefix}${mode}`
    const [level, version] = [labels?.[levelKey], labels?.[`${levelKey}-version`]]
    if (level !== undefined) {
      if (isLevel(level)) policy[mode] = { ...policy[mode], level }
      else {
        errors.push(invalid(`metadata.labels[${levelKey}]`, level, levelError))
        policy[mode] = { ...policy[mode], level: mode === 'enforce' ? 'restricted' : 'privileged' }
      }
      if (mode === 'enforce') enforceGiven = isLevel(level)
    }
    if (version === undefined) continue
    const parsed = parseVersion(version)
    if (!parsed) errors.push(invalid(`metadata.labels[${levelKey}-version]`, version, versionError))
    policy[mode] = { ...policy[mode], minor: parsed?.minor }
  }
  // Whoever creates a workload should learn that its pods would be refused.
  const warnGiven = labels?.[`${labelPrefix}warn`] !== undefined
  if (enforceGiven && !warnGiven && isStricter(policy.enforce.level, policy.warn.level)) policy.warn = policy.enforce
  return { policy, errors }
}
