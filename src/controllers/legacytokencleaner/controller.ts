import { accountOf, tokenSecretType, trackingConfigMap } from '../../api/core/token-secret.ts'
import { keyOf, splitKey } from '../../api/object.ts'
import { configMaps, pods as podResource, secrets as secretResource, serviceAccounts } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done, requeueAfter } from '../framework/result.ts'
import { decide, invalidLabels } from './decide.ts'

/** Upstream's --legacy-service-account-token-clean-up-period: a year. */
const periodMsDefault = 8760 * 3_600_000
/** Days are what is counted: looked at again this often. */
const lookEveryMs = 24 * 3_600_000

export interface LegacyTokenCleanerOptions {
  readonly periodMs?: number | undefined
}

/** Marks tokens that were made automatically and are not used, and deletes them later. Keys are secrets. */
export function newLegacyTokenCleaner(context: ControllerContext, { periodMs = periodMsDefault }: LegacyTokenCleanerOptions = {}): Controller {
  const { client, informers, clock } = context
  const secrets = informers.for(secretResource, { fieldSelector: `type=${tokenSecretType}` })
  const accounts = informers.for(serviceAccounts)
  const pods = informers.for(podResource)
  const tracking = informers.for(configMaps, { namespace: 'kube-system', fieldSelector: `metadata.name=${trackingConfigMap}` })
  pods.addIndex('namespace', ({ metadata }) => [metadata.namespace!])
  return controller('legacy-serviceaccount-token-cleaner-controller', context, {
    watches: [onChange(secrets, keyOf)],
    workers: 1,
    async reconcile(key, signal) {
      const secret = secrets.lister.get(key)
      const named = secret && accountOf(secret)
      if (!secret || !named) return done
      const { namespace } = splitKey(key)
      const since = tracking.lister.get(`kube-system/${trackingConfigMap}`)?.data
      const nowMs = clock.now()
      const verdict = decide(secret, {
        account: accounts.lister.get(`${namespace}/${named.name}`),
        pods: pods.lister.byIndex('namespace', namespace!),
        trackedSince: since && Object.hasOwn(since, 'since') ? since['since'] : undefined,
        periodMs,
        nowMs,
      })
      const { uid, resourceVersion } = secret.metadata
      try {
        if (verdict === 'delete')
          await client.delete(secretResource, secret.metadata, { preconditions: { uid: uid!, resourceVersion: resourceVersion! }, signal })
        if (verdict === 'invalidate') {
          const patch = { metadata: { uid, resourceVersion, labels: invalidLabels(nowMs) } }
          await client.patch(secretResource, secret.metadata, { type: 'merge', patch }, { signal })
        }
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      return requeueAfter(lookEveryMs)
    },
  })
}
