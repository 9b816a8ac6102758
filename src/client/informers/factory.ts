import type { KubeObject } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import type { Informer, InformerFactory } from './informer.ts'
import type { Narrowing } from './reflector.ts'
import { type InformerOptions, type RunnableInformer, newInformer } from './shared-informer.ts'

export function newInformerFactory(options: InformerOptions): InformerFactory {
  return new SharedInformerFactory(options)
}

class SharedInformerFactory implements InformerFactory {
  readonly #options: InformerOptions
  readonly #informers = new Map<string, RunnableInformer<unknown>>()
  /** Set while running. */
  #start: ((informer: RunnableInformer<unknown>) => void) | undefined

  constructor(options: InformerOptions) {
    this.#options = options
  }

  for<T extends KubeObject>(resource: ResourceType<T>, narrowing: Narrowing = {}): Informer<T> {
    const { namespace = '', labelSelector = '', fieldSelector = '' } = narrowing
    const key = JSON.stringify([resource.apiVersion, resource.plural, namespace, labelSelector, fieldSelector])
    const known = this.#informers.get(key)
    if (known) return known as unknown as Informer<T>
    const informer = newInformer(resource, this.#options, narrowing)
    this.#informers.set(key, informer as unknown as RunnableInformer<unknown>)
    this.#start?.(informer as unknown as RunnableInformer<unknown>)
    return informer
  }

  async run(signal: AbortSignal): Promise<void> {
    if (this.#start) throw new Error('this informer factory is running already')
    const running = new Set<Promise<void>>()
    this.#start = (informer) => void running.add(informer.run(signal))
    for (const informer of this.#informers.values()) this.#start(informer)
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.all(running)
  }

  async synced(signal: AbortSignal, only?: ReadonlySet<unknown>): Promise<void> {
    const awaited = [...this.#informers.values()].filter((informer) => !only || only.has(informer))
    await Promise.all(awaited.map((informer) => informer.synced(signal)))
  }
}
