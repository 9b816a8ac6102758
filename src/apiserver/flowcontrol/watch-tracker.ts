// How many watches would be told of a change: what a write costs beyond itself.
// Source: k8s.io/apiserver pkg/util/flowcontrol/watch_tracker.go.
import type { RequestInfo } from '../http/api-request.ts'

/** Watches of one resource by `namespace/name` of what they watch; `/` is everything. */
type Watches = Map<string, number>

/** Watches are alike when they watch the same resource, namespace and name; selectors are not looked at. */
export class WatchTracker {
  readonly #byResource = new Map<string, Watches>()

  /** @returns a function to be called when the watch has ended */
  register({ apiGroup, resource, namespace, name }: RequestInfo): () => void {
    const key = `${apiGroup}/${resource}`
    const what = `${namespace}/${name}`
    let watches = this.#byResource.get(key)
    if (!watches) this.#byResource.set(key, (watches = new Map()))
    watches.set(what, (watches.get(what) ?? 0) + 1)
    return () => {
      const left = watches.get(what)! - 1
      if (left > 0) return void watches.set(what, left)
      watches.delete(what)
      if (watches.size === 0) this.#byResource.delete(key)
    }
  }

  /** Watches that may be interested in what a writing request changes. */
  interested({ apiGroup, resource, namespace, name }: RequestInfo): number {
    if (this.#byResource.size === 0) return 0
    const watches = this.#byResource.get(`${apiGroup}/${resource}`)
    if (!watches) return 0
    let count = watches.get('/') ?? 0
    if (namespace !== '') count += watches.get(`${namespace}/`) ?? 0
    if (name !== '') count += watches.get(`${namespace}/${name}`) ?? 0
    return count
  }
}
