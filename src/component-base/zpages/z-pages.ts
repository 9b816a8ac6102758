// The two pages of a component, as one thing to hand on.
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'
import { flagzPath, newFlagz } from './flagz.ts'
import { newStatusz, statuszPath } from './statusz.ts'
import type { YamlWriter, ZPage } from './z-page.ts'

/** What a component does not know of itself. */
export interface ZPagesOptions {
  /** The command line's; undefined: there was none, and no /flagz. */
  readonly flags: ReadonlyMap<string, string> | undefined
  readonly clock: Clock
  readonly rand: Rand
  readonly yaml: YamlWriter
}

interface Served {
  readonly component: string
  readonly version: string
  /** What is served beside them. */
  readonly paths: () => readonly string[]
}

/** Path -> page. */
export type ZPages = ReadonlyMap<string, ZPage>

export function newZPages({ flags, clock, rand, yaml }: ZPagesOptions, { component, version, paths }: Served): ZPages {
  const own = flags ? [flagzPath] : []
  const statusz = newStatusz({ component, version, startedAtMs: performance.timeOrigin, paths: () => [...paths(), ...own], clock, rand, yaml })
  return new Map([[statuszPath, statusz], ...(flags ? [[flagzPath, newFlagz({ component, flags, rand, yaml })] as const] : [])])
}
