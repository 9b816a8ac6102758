// /statusz and /flagz of a component that runs alone.
import { encodeYaml } from '../apiserver/endpoints/yaml.ts'
import { newZPages, type ZPages } from '../component-base/zpages/z-pages.ts'
import { systemClock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import { version } from './version.ts'

interface Served {
  readonly flags: ReadonlyMap<string, string>
  /** What is served beside them. */
  readonly paths: readonly string[]
}

export const componentZPages = (component: string, { flags, paths }: Served): ZPages =>
  newZPages({ flags, clock: systemClock, rand: systemRand, yaml: encodeYaml }, { component, version, paths: () => paths })
