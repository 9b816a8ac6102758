// Objects as admission and authorization read them: from the watch cache of the resource's own store, which has seen every
// write that this process answered. An informer of the same process would lag behind.
import type { KubeObject } from '../../../api/object.ts'
import type { ResourceType } from '../../../api/resource-type.ts'
import type { Lister } from '../../../client/informers/informer.ts'
import type { Cacher } from '../../cacher/cacher.ts'
import { keyUnder } from './keys.ts'

export type StoreLister<T> = Pick<Lister<T>, 'get' | 'all' | 'inNamespace'>

/** One that can tell cheaply whether anything has changed. */
export interface VersionedLister<T> extends StoreLister<T> {
  /** Another number after each change of any of the objects. */
  changedAt(): number
}

interface ListedStore {
  readonly prefix: string
  readonly cacher: Pick<Cacher, 'get' | 'range' | 'start' | 'changedAt'>
}

/** @param find asked when first used: the lister may be made before the store */
export function storeLister<T extends KubeObject>(find: () => ListedStore): VersionedLister<T> {
  let found: ListedStore | undefined
  const store = () => (found ??= find())
  const range = (prefix: string) =>
    store()
      .cacher.range(prefix)
      .map((entry) => entry.object() as unknown as T)
  return {
    get(key) {
      const { cacher, prefix } = store()
      return cacher.get(prefix + key)?.object() as unknown as T | undefined
    },
    all: () => range(store().prefix),
    inNamespace: (namespace) => range(keyUnder(store().prefix, namespace)),
    changedAt: () => store().cacher.changedAt,
  }
}

/** The listers that one server's plugins use. */
export class StoreListers {
  readonly #storeOf: (id: string) => ListedStore | undefined
  readonly #used = new Set<() => ListedStore>()
  #starting: Promise<void> | undefined

  /** @param storeOf `group/version/plural` (core: `v1/pods`) -> store; asked when a lister is first used */
  constructor(storeOf: (id: string) => ListedStore | undefined) {
    this.#storeOf = storeOf
  }

  for<T extends KubeObject>({ apiVersion, plural }: ResourceType<T>): VersionedLister<T> {
    const store = () => {
      const found = this.#storeOf(`${apiVersion}/${plural}`)
      if (!found) throw new Error(`${apiVersion}/${plural} is not stored`)
      return found
    }
    this.#used.add(store)
    return storeLister<T>(store)
  }

  /** A lister of a resource that is only known once requests come, ready to be read. @param id as for the constructor @returns undefined: not stored */
  async later(id: string): Promise<StoreLister<KubeObject> | undefined> {
    const store = this.#storeOf(id)
    await store?.cacher.start()
    return store && storeLister(() => store)
  }

  /** Resolves when all listers can be read. */
  start(): Promise<void> {
    this.#starting ??= Promise.all([...this.#used].map((store) => store().cacher.start())).then(
      () => {},
      (error: unknown) => {
        this.#starting = undefined
        throw error
      },
    )
    return this.#starting
  }
}
