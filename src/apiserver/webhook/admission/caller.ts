// Asks webhooks over HTTPS: by a URL, or by a Service, whose address is looked up and whose certificate must be for its DNS name.
// Source: k8s.io/apiserver pkg/util/webhook/{client,serviceresolver}.go, pkg/kube-aggregator pkg/apiserver/resolvers.go.
import type { WebhookClientConfig } from '../../../api/admissionregistration/v1.ts'
import type { Service } from '../../../api/core/v1.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { JsonValue } from '../../../apimachinery/json-value.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import { type HttpsClient, newHttpsClient } from '../https-client.ts'
import { answerProblem, CallingWebhookError, networkProblem } from './call-errors.ts'

/** An object of the largest size as a base64 patch, and then some. */
const answerBytesMax = 8 << 20
/** Webhooks that keep their connections; beyond that the one that has waited longest loses them. */
const clientsMax = 128

interface Place {
  /** As errors name it. */
  readonly url: string
  /** Where it is in truth. */
  readonly address: string
  readonly serverName?: string
}

export interface WebhookCall {
  readonly webhook: string
  readonly clientConfig: WebhookClientConfig
  readonly body: string
  readonly timeoutSeconds: number
}

export interface WebhookCaller {
  /** @returns the decoded answer. @throws {CallingWebhookError} */
  call(call: WebhookCall): Promise<JsonValue>
  close(): void
}

const joined = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** Where a Service is reached. @throws {Error} saying why it is not */
function serviceAddress(service: Service | undefined, name: string, port: number): string {
  if (!service) throw new Error(`service ${goQuote(name)} not found`)
  const { type = 'ClusterIP', clusterIP = '', externalName = '', ports = [] } = service.spec ?? {}
  if (type === 'ExternalName') return joined(externalName, port)
  if (!ports.some((each) => each.port === port)) throw new Error(`no service port ${port} found for service ${goQuote(name)}`)
  if (!clusterIP || clusterIP === 'None') throw new Error(`service ${goQuote(name)} has no cluster IP`)
  return joined(clusterIP, port)
}

export function newWebhookCaller({ services }: { readonly services: Pick<StoreLister<Service>, 'get'> }): WebhookCaller {
  const clients = new Map<string, HttpsClient>()

  function clientFor(ca: string, serverName: string): HttpsClient {
    const key = JSON.stringify([ca, serverName])
    const known = clients.get(key)
    clients.delete(key)
    const client = known ?? newHttpsClient({ timeoutMs: 0, answerBytesMax, ...(ca ? { ca } : {}), ...(serverName ? { tlsServerName: serverName } : {}) })
    clients.set(key, client)
    if (clients.size > clientsMax) {
      const [oldest, idle] = clients.entries().next().value!
      clients.delete(oldest)
      idle.close()
    }
    return client
  }

  function placeOf({ url, service }: WebhookClientConfig, timeoutSeconds: number): Place {
    const query = `?timeout=${timeoutSeconds}s`
    if (!service) return { url: url! + query, address: url! + query }
    const { name, namespace, port = 443, path = '/' } = service
    const serverName = `${name}.${namespace}.svc`
    const target = `${path.startsWith('/') ? path : `/${path}`}${query}`
    const shown = `https://${serverName}:${port}${target}`
    try {
      return { url: shown, serverName, address: `https://${serviceAddress(services.get(`${namespace}/${name}`), name, port)}${target}` }
    } catch (error) {
      throw new Error(`failed to call webhook: Post ${goQuote(shown)}: ${(error as Error).message}`, { cause: error })
    }
  }

  async function send({ webhook, clientConfig, body, timeoutSeconds }: WebhookCall): Promise<JsonValue> {
    const { url, address, serverName = '' } = placeOf(clientConfig, timeoutSeconds)
    const ca = clientConfig.caBundle ? Buffer.from(clientConfig.caBundle, 'base64').toString() : ''
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, */*',
      ...(serverName ? { host: `${serverName}:${clientConfig.service?.port ?? 443}` } : {}),
    }
    const answer = await clientFor(ca, serverName)
      .send({ method: 'POST', url: address, headers, body, signal: AbortSignal.timeout(timeoutSeconds * 1000) })
      .catch((cause: unknown) => {
        throw new Error(`failed to call webhook: Post ${goQuote(url)}: ${networkProblem(cause)}`, { cause })
      })
    if (answer.status < 200 || answer.status > 299) {
      throw new CallingWebhookError(webhook, `failed to call webhook: ${answerProblem(answer.status, answer.body)}`, answer.status)
    }
    try {
      return JSON.parse(answer.body) as JsonValue
    } catch (cause) {
      throw new Error(`failed to call webhook: ${(cause as Error).message}`, { cause })
    }
  }

  return {
    async call(call) {
      try {
        return await send(call)
      } catch (error) {
        throw error instanceof CallingWebhookError ? error : new CallingWebhookError(call.webhook, (error as Error).message, 503)
      }
    },
    close() {
      for (const client of clients.values()) client.close()
      clients.clear()
    },
  }
}
