import type { ConfigMap, Secret } from '../../api/core/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { configMaps, secrets, type ResourceType } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { Reader } from '../../client/client.ts'
import type { Clock } from '../../util/clock.ts'

/** How old a ConfigMap or Secret may be when a running pod's volume is refreshed. Upstream's TTL is 1 minute. */
const ageMsMax = 30_000
/** Objects kept; beyond it the oldest are asked for again. */
const entriesMax = 1_000

interface Entry {
  readonly atMs: number
  readonly object: Promise<KubeObject | undefined>
}

/** ConfigMaps and Secrets that pods refer to: shared by the pods of a node, asked for again when old. */
export class ObjectGetter {
  readonly #client: Pick<Reader, 'get'>
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(client: Pick<Reader, 'get'>, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** Undefined when it does not exist. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.#get(configMaps, namespace, name)
  }

  secret(namespace: string, name: string): Promise<Secret | undefined> {
    return this.#get(secrets, namespace, name)
  }

  /** What a new pod refers to is read afresh: it may have been created together with the pod. */
  forget(namespace: string): void {
    for (const key of this.#entries.keys()) if (key.includes(`/${namespace}/`)) this.#entries.delete(key)
  }

  async #get<T extends KubeObject>(resource: ResourceType<T>, namespace: string, name: string): Promise<T | undefined> {
    const key = `${resource.plural}/${namespace}/${name}`
    const known = this.#entries.get(key)
    if (known && this.#clock.monotonic() - known.atMs < ageMsMax) return (await known.object) as T | undefined
    const object = this.#client.get(resource, { namespace, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      this.#entries.delete(key)
      throw error
    })
    this.#entries.delete(key)
    this.#entries.set(key, { atMs: this.#clock.monotonic(), object })
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > entriesMax) this.#entries.delete(oldest!)
    return object
  }
}
