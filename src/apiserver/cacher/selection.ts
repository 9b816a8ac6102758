import type { Entry } from './entry.ts'

/** Which objects of a resource a list or watch is about. */
export interface Selection {
  /** Keys begin with this: the resource, one namespace of it, or one object. */
  readonly prefix: string
  /** Label and field selectors; undefined: everything under the prefix. */
  readonly matches: ((entry: Entry) => boolean) | undefined
  /** At most one object can match, for the selection names it. */
  readonly single?: boolean
}

export function selects({ prefix, matches }: Selection, entry: Entry): boolean {
  return entry.key.startsWith(prefix) && (matches === undefined || matches(entry))
}
