// ConfigMaps and Secrets that the node's pods refer to. Each object is watched once, from when the first pod needs it until
// the last one is gone, so that mounted files follow their sources at once and a kubelet sees no object that is not its business.
// Source: Kubernetes 1.36 pkg/kubelet/util/manager/watch_based_manager.go.

import type { ConfigMap, Pod, Secret } from '../../api/core/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { configMaps, secrets, type ResourceType } from '../../api/resources.ts'
import type { Reader } from '../../client/client.ts'
import { newInformer, type RunnableInformer } from '../../client/informers/shared-informer.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { Rand } from '../../util/rand.ts'

export interface ObjectGetterOptions {
  readonly client: Pick<Reader, 'list' | 'watch'>
  readonly clock: Clock
  readonly rand: Rand
  readonly logger: Logger
  /** An object that the pod uses has changed. */
  readonly changed: (podUid: string) => void
}

interface Watched {
  readonly informer: RunnableInformer<KubeObject>
  readonly stop: AbortController
  readonly ended: Promise<void>
  readonly users: Set<string>
}

/** A first list that takes longer counts as failed for now. Upstream waits a second; a loaded API server needs more. */
const firstListMsMax = 10_000

export class ObjectGetter {
  readonly #options: ObjectGetterOptions
  readonly #watched = new Map<string, Watched>()

  constructor(options: ObjectGetterOptions) {
    this.#options = options
  }

  /** Undefined when it does not exist. */
  configMap(pod: Pod, name: string): Promise<ConfigMap | undefined> {
    return this.#get(pod, configMaps, name)
  }

  secret(pod: Pod, name: string): Promise<Secret | undefined> {
    return this.#get(pod, secrets, name)
  }

  /** The pod needs nothing any more. */
  async release(podUid: string): Promise<void> {
    for (const [key, { users, stop, ended }] of this.#watched) {
      users.delete(podUid)
      if (users.size > 0) continue
      this.#watched.delete(key)
      stop.abort()
      await ended
    }
  }

  async stop(): Promise<void> {
    const all = [...this.#watched.values()]
    this.#watched.clear()
    for (const { stop } of all) stop.abort()
    await Promise.all(all.map((w) => w.ended))
  }

  async #get<T extends KubeObject>(pod: Pod, resource: ResourceType<T>, name: string): Promise<T | undefined> {
    const { namespace, uid } = pod.metadata
    const key = `${resource.plural}/${namespace}/${name}`
    const watched = this.#watched.get(key) ?? this.#watch(key, resource, { namespace, name })
    watched.users.add(uid)
    const waiting = new AbortController()
    const timer = this.#options.clock.after(firstListMsMax, () =>
      waiting.abort(new Error(`failed to sync ${resource.kind.toLowerCase()} cache: timed out waiting for the condition`)),
    )
    try {
      await watched.informer.synced(AbortSignal.any([waiting.signal, watched.stop.signal]))
    } finally {
      timer.cancel()
    }
    return watched.informer.lister.get(`${namespace}/${name}`) as T | undefined
  }

  #watch(key: string, resource: ResourceType<KubeObject>, { namespace, name }: { readonly namespace: string; readonly name: string }): Watched {
    const { client, clock, rand, logger, changed } = this.#options
    const informer = newInformer<KubeObject>(resource, { client, clock, rand, logger }, { namespace, fieldSelector: `metadata.name=${name}` })
    const stop = new AbortController()
    const users = new Set<string>()
    const tell = () => users.forEach((uid) => changed(uid))
    informer.addHandler({
      add: (_, { initial }) => (initial ? undefined : tell()),
      update: (old, object) => (old.metadata.resourceVersion === object.metadata.resourceVersion ? undefined : tell()),
      delete: tell,
    })
    const watched = { informer, stop, users, ended: informer.run(stop.signal) }
    this.#watched.set(key, watched)
    return watched
  }
}
