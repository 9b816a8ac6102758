import type { ConfigMap } from '../../api/core/v1.ts'
import { keyOf, splitKey } from '../../api/object.ts'
import { configMaps, namespaces } from '../../api/resources.ts'
import { isAlreadyExists } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { ignoringEndingNamespace } from '../framework/ending-namespace.ts'
import { done } from '../framework/result.ts'
import { type Plan, decide, name } from './decide.ts'

/** Keeps the cluster's CA in a ConfigMap of every namespace, where pods mount it from. Keys are namespaces. @param rootCa PEM */
export function newRootCaCertPublisher(context: ControllerContext, { rootCa }: { readonly rootCa: string }): Controller {
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

  return controller('root-ca-certificate-publisher-controller', context, {
    watches: [onChange(spaces, keyOf), onChange(published, (configMap) => splitKey(keyOf(configMap)).namespace)],
    async reconcile(namespace, signal) {
      await act(decide(spaces.lister.get(namespace), published.lister.get(`${namespace}/${name}`), rootCa), signal)
      return done
    },
  })
}
