import type { Pod } from '../api/core/v1.ts'
import { newPodInfo, type PodInfo } from './framework/node-info.ts'

/** Pods that wait for a node which preemption is emptying for them. */
export class Nominator {
  /** uid -> where and who. */
  readonly #nominated = new Map<string, { readonly node: string; readonly info: PodInfo }>()

  on(node: string): readonly PodInfo[] {
    if (this.#nominated.size === 0) return []
    return [...this.#nominated.values()].filter((n) => n.node === node).map((n) => n.info)
  }

  nominate(pod: Pod, node: string): void {
    this.#nominated.set(pod.metadata.uid, { node, info: newPodInfo(pod) })
  }

  /** As the API server shows it; a nomination that has not been written yet is kept. */
  set(pod: Pod): void {
    const node = pod.status?.nominatedNodeName ?? this.#nominated.get(pod.metadata.uid)?.node
    if (node) this.nominate(pod, node)
  }

  remove(pod: Pod): void {
    this.#nominated.delete(pod.metadata.uid)
  }
}
