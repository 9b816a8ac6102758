// Clients of an API server in its own process, each with an identity of its own.
import { randomBytes } from 'node:crypto'
import type { UserInfo } from '../apiserver/authn/user.ts'
import type { ApiServer } from '../apiserver/server-options.ts'
import type { Client } from '../client/client.ts'
import { newClient } from '../client/rest/client.ts'
import { version } from './version.ts'

const authenticated = 'system:authenticated'

/** Somebody in no group but that of everybody. */
export const plainUser = (name: string): UserInfo => ({ name, groups: [authenticated], extra: new Map() })

/** A service account of kube-system. */
export const serviceAccountUser = (name: string): UserInfo => ({
  name: `system:serviceaccount:kube-system:${name}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', authenticated],
  extra: new Map(),
})

/** One token per identity. */
export class InProcessClients {
  readonly #server: ApiServer
  readonly #tokens = new Map<string, string>()
  readonly users: UserInfo[] = []

  constructor(server: ApiServer) {
    this.#server = server
  }

  of(user: UserInfo, agent: string, { metadataOnly = false } = {}): Client {
    const known = this.#tokens.get(user.name)
    const token = known ?? randomBytes(32).toString('base64url')
    if (!known) {
      this.#tokens.set(user.name, token)
      this.users.push(user)
      this.#server.addToken(token, user)
    }
    return newClient(this.#server.inProcessTransport(token), { userAgent: `${agent}/${version}`, metadataOnly })
  }
}
