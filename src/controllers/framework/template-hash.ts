// A short name for a pod template: equal templates have equal hashes. It need not be upstream's number: objects are recognised by
// comparing templates, the hash only makes their names differ. Source of the scheme: pkg/controller/controller_utils.go (ComputeHash).
import { safeEncode } from '../../util/rand.ts'

/** @param collisionCount raised when the name with the hash before is taken by something else */
export function templateHash(template: unknown, collisionCount: number | undefined): string {
  return safeEncode(String(fnv1a(canonical(template) + (collisionCount === undefined ? '' : `#${collisionCount}`))))
}

/** JSON with sorted keys: the order of members does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join(',')}}`
}

/** 32-bit FNV-1a. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
