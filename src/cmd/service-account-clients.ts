// --use-service-account-credentials: each controller acts as its own service account in kube-system, with tokens that it asks for.
// Source: k8s.io/controller-manager pkg/clientbuilder/client_builder_dynamic.go.
import type { TokenRequest } from '../api/authentication/v1.ts'
import type { ServiceAccount } from '../api/core/v1.ts'
import type { New } from '../api/object.ts'
import { serviceAccounts } from '../api/resources.ts'
import { isAlreadyExists, isNotFound } from '../apimachinery/api-error.ts'
import type { Client } from '../client/client.ts'
import { newClient } from '../client/rest/client.ts'
import type { Transport } from '../client/transport/transport.ts'
import type { Clock } from '../util/clock.ts'

/** The shortest that the API server gives unless told otherwise; a token is asked for again with a fifth of it left. */
const tokenSeconds = 3600
const usedMs = tokenSeconds * 800

export interface ServiceAccountClientsOptions {
  /** With the right to make service accounts and tokens in kube-system. */
  readonly client: Pick<Client, 'create' | 'createSubresource'>
  /** To the same server, without credentials of its own: a certificate would come before any token. */
  readonly anonymous: Transport
  readonly clock: Clock
}

export class ServiceAccountClients {
  readonly #options: ServiceAccountClientsOptions
  readonly #tokens = new Map<string, { readonly token: Promise<string>; readonly untilMs: number }>()

  constructor(options: ServiceAccountClientsOptions) {
    this.#options = options
  }

  /** @param account in kube-system; made if it is missing */
  of(account: string, options: { readonly userAgent: string; readonly metadataOnly?: boolean }): Client {
    const { anonymous } = this.#options
    const transport: Transport = {
      request: async (request) => anonymous.request({ ...request, headers: { ...request.headers, authorization: `Bearer ${await this.#token(account)}` } }),
      close: () => {},
    }
    return newClient(transport, options)
  }

  #token(account: string): Promise<string> {
    const known = this.#tokens.get(account)
    const nowMs = this.#options.clock.monotonic()
    if (known && nowMs < known.untilMs) return known.token
    const token = this.#request(account)
    this.#tokens.set(account, { token, untilMs: nowMs + usedMs })
    // One that did not come is asked for again by the next request.
    token.catch(() => this.#tokens.delete(account))
    return token
  }

  async #request(account: string): Promise<string> {
    const { client } = this.#options
    const name = { namespace: 'kube-system', name: account }
    const ask = async () => {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [], expirationSeconds: tokenSeconds } }
      const { status } = await client.createSubresource<TokenRequest>(serviceAccounts, name, 'token', body)
      if (!status?.token) throw new Error(`the API server gave no token for service account ${account}`)
      return status.token
    }
    try {
      return await ask()
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    await client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: name } as New<ServiceAccount>).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error
    })
    return ask()
  }
}
