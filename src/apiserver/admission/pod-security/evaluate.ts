// A pod against a level at a version. Source: k8s.io/pod-security-admission policy/registry.go.
import { baselineControls } from './baseline-controls.ts'
import type { CheckedPod, Control, Violation } from './control.ts'
import type { LevelVersion } from './policy.ts'
import { restrictedControls } from './restricted-controls.ts'

const applying = ({ versions }: Control, minor: number | undefined) => versions.findLast(({ since }) => minor === undefined || since <= minor)

export function violations({ level, minor }: LevelVersion, pod: CheckedPod): Violation[] {
  if (level === 'privileged') return []
  const restricted = level === 'restricted' ? restrictedControls.flatMap((control) => applying(control, minor) ?? []) : []
  const overridden = new Set(restricted.flatMap(({ overrides = [] }) => overrides))
  const baseline = baselineControls.filter(({ id }) => !overridden.has(id)).flatMap((control) => applying(control, minor) ?? [])
  return [...baseline, ...restricted].flatMap(({ check }) => check(pod) ?? [])
}

export const details = (list: readonly Violation[]) => list.map(({ reason, detail }) => (detail ? `${reason} (${detail})` : reason)).join(', ')
export const reasons = (list: readonly Violation[]) => list.map(({ reason }) => reason).join(', ')
