// kube-public/cluster-info: where the cluster is and by which authority it is known, for machines that join with a bootstrap token.
// Source: cmd/kubeadm/app/phases/bootstraptoken/clusterinfo.
import { dump } from 'js-yaml'
import type { ConfigMap } from '../api/core/v1.ts'
import type { New } from '../api/object.ts'
import { configMaps } from '../api/resources.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../apimachinery/api-error.ts'
import type { Client } from '../client/client.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Clock } from '../util/clock.ts'

const name = { namespace: 'kube-public', name: 'cluster-info' }

interface ClusterInfoOptions {
  /** `https://host:port` */
  readonly server: string
  /** PEM, as of each moment. */
  readonly ca: () => string
  readonly clock: Clock
  readonly logger: Logger
}

/** Keeps the ConfigMap, which everybody may read. */
export function clusterInfo(client: Pick<Client, 'get' | 'create' | 'update'>, { server, ca, clock, logger }: ClusterInfoOptions): Component {
  const textOf = (bundle: string) => {
    const cluster = { server, 'certificate-authority-data': Buffer.from(bundle).toString('base64') }
    return dump({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster }], users: [], contexts: [] }, { lineWidth: -1 })
  }

  /** Signatures of other entries stay: the signer looks after them. */
  async function publish(bundle: string): Promise<void> {
    const kubeconfig = textOf(bundle)
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
      while (!signal.aborted) {
        try {
          const bundle = ca()
          await publish(bundle)
          for (let waitedMs = 0; waitedMs < lookEveryMs && ca() === bundle; waitedMs += noticeMs) await clock.sleep(noticeMs, signal)
        } catch (error) {
          if (signal.aborted) return
          // Nothing of the cluster itself hangs on it: only machines that join.
          if (!isConflict(error) && !isAlreadyExists(error)) logger.error('Cluster info could not be published, trying again', error)
          await clock.sleep(retryMs, signal).catch(() => {})
        }
      }
    },
  }
}

const retryMs = 5_000
/** What somebody has taken away comes back; a retry or a look costs one read. */
const lookEveryMs = 10 * 60_000
/** An authority that is new is published this soon; to notice costs nothing. */
const noticeMs = 2_000
