// kube-public/cluster-info: where the cluster is and by which authority it is known, for machines that join with a bootstrap token.
// Source: cmd/kubeadm/app/phases/bootstraptoken/clusterinfo.
import { dump } from 'js-yaml'
import type { ConfigMap } from '../api/core/v1.ts'
import type { New } from '../api/object.ts'
import { configMaps } from '../api/resources.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../apimachinery/api-error.ts'
import type { Client } from '../client/client.ts'
import type { Component } from '../component-base/component.ts'

const name = { namespace: 'kube-public', name: 'cluster-info' }

/** @param ca PEM */
export function clusterInfo(client: Pick<Client, 'get' | 'create' | 'update'>, { server, ca }: { readonly server: string; readonly ca: string }): Component {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  const kubeconfig = dump({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster }], users: [], contexts: [] }, { lineWidth: -1 })

  /** Signatures of other entries stay: the signer looks after them. */
  async function publish(): Promise<void> {
    const found = await client.get(configMaps, name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    if (found?.data?.['kubeconfig'] === kubeconfig) return
    if (found) await client.update(configMaps, { ...found, data: { ...found.data, kubeconfig } })
    else await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: name, data: { kubeconfig } } as New<ConfigMap>)
  }

  return {
    name: 'cluster info',
    async run(signal) {
      await publish().catch(async (error: unknown) => {
        if (!isConflict(error) && !isAlreadyExists(error)) throw error
        await publish()
      })
      await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })))
    },
  }
}
