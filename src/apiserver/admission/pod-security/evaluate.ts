// A pod against a level at a version. Source: k8s.io/pod-security-admission policy/registry.go.
import { baselineControls } from './baseline-controls.ts'
import type { Check, CheckedPod, Control, Violation } from './control.ts'
import type { LevelVersion } from './policy.ts'
import { restrictedControls } from './restricted-controls.ts'

const applying = ({ versions }: Control, minor: number | undefined) => versions.findLast(({ since }) => minor === undefined || since <= minor)

function checksOf({ level, minor }: LevelVersion): readonly Check[] {
  const restricted = level === 'restricted' ? restrictedControls.flatMap((control) => applying(control, minor) ?? []) : []
  const overridden = new Set(restricted.flatMap(({ overrides = [] }) => overrides))
  const baseline = baselineControls.filter(({ id }) => !overridden.has(id)).flatMap((control) => applying(control, minor) ?? [])
  return [...baseline, ...restricted].map(({ check }) => check)
}

/** Checks by level and version. Versions that are newer than every control share one entry, so there are not many. */
const known = new Map<string, readonly Check[]>()
const newest = Math.max(...[...baselineControls, ...restrictedControls].flatMap(({ versions }) => versions.map(({ since }) => since)))

export function violations({ level, minor }: LevelVersion, pod: CheckedPod): Violation[] {
  if (level === 'privileged') return []
  const upTo = minor === undefined || minor > newest ? newest : minor
  const key = `${level}:${upTo}`
  let checks = known.get(key)
  if (!checks) known.set(key, (checks = checksOf({ level, minor: upTo })))
  const found: Violation[] = []
  for (const check of checks) {
    const violation = check(pod)
    if (violation) found.push(violation)
  }
  return found
}

export const details = (list: readonly Violation[]) => list.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ')
export const reasons = (list: readonly Violation[]) => list.map(({ reason }) => reason).join(', ')
