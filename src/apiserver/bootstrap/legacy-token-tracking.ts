// Since when the use of tokens in secrets is taken down, for whoever wants to know which are not used.
// Source: pkg/controlplane/controller/legacytokentracking/controller.go.
import { dayOf, trackingConfigMap } from '../../api/core/token-secret.ts'
import type { ConfigMap } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { configMaps } from '../../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'

const name = { namespace: 'kube-system', name: trackingConfigMap }

/** The day that stays; undefined: today begins. A day to come, or none, is a mistake. */
export function trackedSince({ data }: Pick<ConfigMap, 'data'>, today: string): string | undefined {
  const since = data && Object.hasOwn(data, 'since') ? data['since']! : ''
  return /^\d{4}-\d{2}-\d{2}$/.test(since) && !Number.isNaN(Date.parse(since)) && since <= today ? since : undefined
}

export interface LegacyTokenTrackingOptions {
  readonly client: Pick<Client, 'get' | 'create' | 'update'>
  readonly clock: Pick<Clock, 'now' | 'after'>
  readonly logger: Logger
}

/** What fails is tried again: nobody waits for it, as upstream. */
const retryMs = 60_000

export function legacyTokenTracking(options: LegacyTokenTrackingOptions, namespacesExist: Promise<void>): PostStartHook {
  const { clock, logger } = options
  return {
    name: 'start-legacy-token-tracking-controller',
    async run(signal) {
      await namespacesExist
      const attempt = (): Promise<void> =>
        publish(options, signal).catch((error: unknown) => {
          if (signal.aborted) return
          logger.error('Since when the use of tokens is taken down could not be written, trying again', error)
          const timer = clock.after(retryMs, () => void attempt())
          signal.addEventListener('abort', () => timer.cancel(), { once: true })
        })
      await attempt()
    },
  }
}

async function publish({ client, clock }: LegacyTokenTrackingOptions, signal: AbortSignal): Promise<void> {
  const since = dayOf(clock.now())
  const found = await client.get(configMaps, name, { signal }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  if (found && trackedSince(found, since) !== undefined) return
  const made: New<ConfigMap> = { apiVersion: 'v1', kind: 'ConfigMap', metadata: name, data: { since } }
  if (found) await client.update(configMaps, { ...found, data: { ...found.data, since } }, { signal })
  else
    await client.create(configMaps, made, { signal }).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error
    })
}
