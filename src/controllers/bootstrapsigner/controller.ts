import { bootstrapTokenType } from '../../api/core/bootstrap-token.ts'
import { configMaps, secrets as secretResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done } from '../framework/result.ts'
import { withSignatures } from './decide.ts'

const clusterInfo = 'kube-public/cluster-info'

/** Signs the ConfigMap cluster-info with every bootstrap token that is for signing. */
export function newBootstrapSignerController(context: ControllerContext): Controller {
  const { client, informers, clock } = context
  const infos = informers.for(configMaps, { namespace: 'kube-public', fieldSelector: 'metadata.name=cluster-info' })
  const secrets = informers.for(secretResource, { namespace: 'kube-system', fieldSelector: `type=${bootstrapTokenType}` })
  return controller('bootstrap-signer-controller', context, {
    watches: [onChange(infos, () => clusterInfo), onChange(secrets, () => clusterInfo)],
    workers: 1,
    async reconcile(key, signal) {
      const info = infos.lister.get(key)
      const signed = info && withSignatures(info, secrets.lister.all(), clock.now())
      if (!signed) return done
      await client.update(configMaps, signed, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return done
    },
  })
}
