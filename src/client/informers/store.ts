import { type KubeObject, keyOf } from '../../api/object.ts'
import type { Lister } from './informer.ts'

interface Index<T> {
  readonly values: (object: T) => readonly string[]
  /** Value -> key -> object. Invariant: no empty inner map. */
  readonly objects: Map<string, Map<string, T>>
}

const namespaceIndex = 'namespace'

/** An informer's copy of the world, with indexes. Only the informer writes. */
export class IndexedStore<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<string, Index<T>>()
  /** What {@link all} returned last; undefined after a change. */
  #all: readonly T[] | undefined

  constructor() {
    this.addIndex(namespaceIndex, (object) => (object.metadata.namespace ? [object.metadata.namespace] : []))
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  all(): readonly T[] {
    return (this.#all ??= [...this.#objects.values()])
  }

  inNamespace(namespace: string): readonly T[] {
    return this.byIndex(namespaceIndex, namespace)
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name)
    if (!index) throw new RangeError(`no index ${name}`)
    const found = index.objects.get(value)
    return found ? [...found.values()] : []
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys()
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    if (this.#indexes.has(name)) return
    const index: Index<T> = { values, objects: new Map() }
    this.#indexes.set(name, index)
    for (const [key, object] of this.#objects) enter(index, key, object)
  }

  set(object: T): void {
    const key = keyOf(object)
    const old = this.#objects.get(key)
    for (const index of this.#indexes.values()) {
      if (old) leave(index, key, old)
      enter(index, key, object)
    }
    this.#objects.set(key, object)
    this.#all = undefined
  }

  delete(key: string): void {
    const old = this.#objects.get(key)
    if (!old) return
    for (const index of this.#indexes.values()) leave(index, key, old)
    this.#objects.delete(key)
    this.#all = undefined
  }
}

function enter<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const objects = index.objects.get(value)
    if (objects) objects.set(key, object)
    else index.objects.set(value, new Map([[key, object]]))
  }
}

function leave<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const objects = index.objects.get(value)
    objects?.delete(key)
    if (objects?.size === 0) index.objects.delete(value)
  }
}
