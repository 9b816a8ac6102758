import type { ConfigMap } from '../../api/core/v1.ts'
import { keyOf, splitKey } from '../../api/object.ts'
import { configMaps, namespaces } from '../../api/resources.ts'
import { isAlreadyExists } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { ignoringEndingNamespace } from '../framework/ending-namespace.ts'
import { done } from '../framework/result.ts'
import { type Plan, decide, name } from './decide.ts'

export interface RootCa {
  /** PEM, as of each moment. */
  readonly bundle: string
  /** Calls back with every change; left out: there is none. */
  onChange?(listener: () => void): void
}

/** Keeps the cluster's CA in a ConfigMap of every namespace, where pods mount it from. Keys are namespaces. */
export function newRootCaCertPublisher(context: ControllerContext, { rootCa }: { readonly rootCa: RootCa }): Controller {
  const { client, informers } = context
  const spaces = informers.for(namespaces)
  const published = informers.for(configMaps, { fieldSelector: `metadata.name=${name}` })

  async function act(plan: Plan, signal: AbortSignal): Promise<void> {
    if (plan.kind === 'update') await client.update(configMaps, plan.configMap, { signal })
    if (plan.kind !== 'create') return
    await ignoringEndingNamespace(client.create(configMaps, plan.configMap as ConfigMap, { signal })).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error
    })
  }

  const publisher = controller('root-ca-certificate-publisher-controller', context, {
    watches: [onChange(spaces, keyOf), onChange(published, (configMap) => splitKey(keyOf(configMap)).namespace)],
    async reconcile(namespace, signal) {
      await act(decide(spaces.lister.get(namespace), published.lister.get(`${namespace}/${name}`), rootCa.bundle), signal)
      return done
    },
  })
  rootCa.onChange?.(() => spaces.lister.all().forEach((namespace) => publisher.enqueue(keyOf(namespace))))
  return publisher
}
