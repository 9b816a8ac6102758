// /flagz: the flags that a component runs with. Source: k8s.io/apiserver pkg/server/flagz (flagz.go, flagreader.go, textserializer.go).
import type { Rand } from '../../util/rand.ts'
import { delimiter, newZPage, type YamlWriter, type ZPage } from './z-page.ts'

export interface FlagzOptions {
  /** `kube-apiserver` */
  readonly component: string
  /** Name without dashes -> value as text. */
  readonly flags: ReadonlyMap<string, string>
  readonly rand: Rand
  readonly yaml: YamlWriter
}

export const flagzPath = '/flagz'

/** The text is written once, as upstream's: two looks at a component show the same. */
export function newFlagz({ component, flags, rand, yaml }: FlagzOptions): ZPage {
  const sorted = [...flags].toSorted(([a], [b]) => (a < b ? -1 : 1))
  let text: string | undefined
  const write = () => {
    const separator = delimiter(rand)
    return sorted.map(([name, value]) => `${name}${separator}${value}\n`).join('')
  }
  return newZPage({ component, kind: 'Flagz', yaml, content: () => ({ flags: Object.fromEntries(sorted) }), text: () => (text ??= write()) })
}
