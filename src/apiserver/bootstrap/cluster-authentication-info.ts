// The ConfigMap by which extension API servers learn whom this server believes. What another server has added stays until it expires.
// Source: pkg/controlplane/controller/clusterauthenticationtrust/cluster_authentication_trust_controller.go.
import { X509Certificate } from 'node:crypto'
import type { ConfigMap } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { configMaps } from '../../api/resources.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/api-error.ts'
import { jsonEqual } from '../../apimachinery/json-equal.ts'
import type { Client } from '../../client/client.ts'
import type { InformerFactory } from '../../client/informers/informer.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { ClientTrust } from '../authn/certificate-bundle.ts'
import type { RequestHeaderOptions } from '../authn/request-header.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'

const name = { namespace: 'kube-system', name: 'extension-apiserver-authentication' }
/** An authority that has just expired is kept a little: clocks differ. */
const slackMs = 5 * 60_000

type Data = Readonly<Record<string, string>>

/** @param found what the ConfigMap says now. @returns what it must say */
export function authenticationInfo(found: Data, { client, requestHeader }: ClientTrust, headers: RequestHeaderOptions, nowMs: number): Data {
  const before = new Map(Object.entries(found))
  const list = (key: string, own: readonly string[]) => JSON.stringify([...new Set([...stringsOf(before.get(key)), ...own])])
  const clientCa = bundles(before.get('client-ca-file'), client?.pem, nowMs)
  const proxyCa = bundles(before.get('requestheader-client-ca-file'), requestHeader?.pem, nowMs)
  return {
    ...(clientCa ? { 'client-ca-file': clientCa } : {}),
    ...(proxyCa
      ? {
          'requestheader-allowed-names': list('requestheader-allowed-names', headers.allowedNames),
          'requestheader-client-ca-file': proxyCa,
          'requestheader-extra-headers-prefix': list('requestheader-extra-headers-prefix', headers.extraHeaderPrefixes),
          'requestheader-group-headers': list('requestheader-group-headers', headers.groupHeaders),
          'requestheader-uid-headers': list('requestheader-uid-headers', headers.uidHeaders),
          'requestheader-username-headers': list('requestheader-username-headers', headers.usernameHeaders),
        }
      : {}),
  }
}

/** Somebody may have written nonsense: it is replaced. */
function stringsOf(text: string | undefined): readonly string[] {
  try {
    const value: unknown = text ? JSON.parse(text) : []
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  } catch {
    return []
  }
}

function bundles(found = '', own = '', nowMs: number): string {
  const pems = [...found.matchAll(certificatePattern), ...own.matchAll(certificatePattern)].map(([pem]) => pem)
  const valid = pems.flatMap((pem) => {
    try {
      const certificate = new X509Certificate(pem)
      return certificate.validToDate.getTime() > nowMs - slackMs ? [certificate.toString()] : []
    } catch {
      return []
    }
  })
  return [...new Set(valid)].join('')
}

const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

export interface AuthenticationInfoOptions {
  readonly client: Client
  readonly informers: InformerFactory
  /** As it is now. */
  readonly trust: () => ClientTrust
  readonly headers: RequestHeaderOptions
  readonly clock: Clock
  readonly logger: Logger
}

export interface AuthenticationInfoKeeper extends PostStartHook {
  /** The server believes other authorities now. */
  changed(): void
}

/** Keeps the ConfigMap true, from the start on and after each change of it or of the authorities. */
export function clusterAuthenticationInfo(options: AuthenticationInfoOptions, namespacesExist: Promise<void>): AuthenticationInfoKeeper {
  const { informers, clock, logger } = options
  let publishing: Promise<void> = Promise.resolve()
  let stopped: AbortSignal | undefined
  /** One at a time; a change meanwhile is looked at right after. What fails is tried again: nobody waits for it, as upstream. */
  const changed = () => {
    publishing = publishing.then(() => publishAuthenticationInfo(options)).catch(tryAgain)
  }
  const tryAgain = (error: unknown) => {
    if (stopped?.aborted) return
    logger.error('Authentication info could not be published, trying again', error)
    const timer = clock.after(retryMs, changed)
    stopped?.addEventListener('abort', () => timer.cancel(), { once: true })
  }
  return {
    name: 'start-cluster-authentication-info-controller',
    changed,
    async run(signal) {
      stopped = signal
      await namespacesExist
      changed()
      await publishing
      const informer = informers.for(configMaps, { namespace: name.namespace, fieldSelector: `metadata.name=${name.name}` })
      const stop = informer.addHandler({ update: changed, delete: changed })
      signal.addEventListener('abort', stop, { once: true })
    },
  }
}

/** As upstream's regular look. */
const retryMs = 60_000

/** Writes the ConfigMap unless it says already what it must. Somebody else's write at the same time is looked at again. */
async function publishAuthenticationInfo({ client, trust, headers, clock }: AuthenticationInfoOptions): Promise<void> {
  for (;;) {
    const found = await client.get(configMaps, name).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    const data = authenticationInfo(found?.data ?? {}, trust(), headers, clock.now())
    // Nothing to say needs no ConfigMap, as upstream.
    if (jsonEqual(found?.data ?? {}, data)) return
    try {
      if (found) await client.update(configMaps, { ...found, data })
      else await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: name, data } as New<ConfigMap>)
      return
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error) && !isNotFound(error)) throw error
    }
  }
}
