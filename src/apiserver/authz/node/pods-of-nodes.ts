// Which pods are on a node, and what they lead to: read from the watch cache of pods, whose entries know their node without being
// decoded. A pod is decoded when its kubelet first asks for something, and its references are kept as long as it does not change.
import type { Pod } from '../../../api/core/v1.ts'
import type { Cacher } from '../../cacher/cacher.ts'
import type { Entry } from '../../cacher/entry.ts'
import { fieldPosition } from '../../registry/generic/field-selectors.ts'
import { followedReferences, type PodReferences } from './pod-references.ts'

export interface PodOnNode {
  readonly namespace: string
  readonly references: PodReferences
}

export interface PodsOfNodes {
  /** @param key `namespace/name`. @returns undefined for a pod that is not there, '' for one without a node */
  nodeOf(key: string): string | undefined
  on(nodeName: string, namespace?: string): Iterable<PodOnNode>
}

interface PodStore {
  readonly prefix: string
  readonly cacher: Pick<Cacher, 'get' | 'index'>
}

const nodeNameAt = fieldPosition('v1/pods', 'spec.nodeName')

/** @param store its cacher must not have been started */
export function followPodsOfNodes({ prefix, cacher }: PodStore): PodsOfNodes {
  const index = cacher.index(({ fields }) => fields![nodeNameAt]!)
  const known = new WeakMap<Entry, PodReferences>()
  const referencesOf = (entry: Entry): PodReferences => {
    const found = known.get(entry)
    if (found) return found
    const references = followedReferences(entry.object() as unknown as Pod)
    known.set(entry, references)
    return references
  }
  return {
    nodeOf: (key) => cacher.get(prefix + key)?.traits.fields![nodeNameAt],
    *on(nodeName, namespace) {
      for (const entry of index.with(nodeName)) {
        const { namespace: own } = entry.traits
        if (namespace === undefined || own === namespace) yield { namespace: own, references: referencesOf(entry) }
      }
    },
  }
}
