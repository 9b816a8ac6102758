// Who may use the kubelet API: client certificates of the cluster's CA, or tokens that the API server vouches for; what they may
// do is the API server's decision too. Source: Kubernetes 1.36 pkg/kubelet/server/auth.go.

import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Client } from '../../client/client.ts'
import { DelegatedAccess, TooManyReviewsError, type User } from '../../client/delegation/delegated-access.ts'
import type { Clock } from '../../util/clock.ts'
import { RequestError } from './log-request.ts'

export class Gate {
  readonly #access: DelegatedAccess
  readonly #nodeName: string

  constructor({ client, clock, nodeName }: { readonly client: Pick<Client, 'create'>; readonly clock: Clock; readonly nodeName: string }) {
    this.#access = new DelegatedAccess({ client, clock })
    this.#nodeName = nodeName
  }

  /** Undefined: 401. @throws {RequestError} 429 */
  async authenticate(request: IncomingMessage): Promise<User | undefined> {
    const fromCertificate = certificateUser(request.socket as TLSSocket)
    if (fromCertificate) return fromCertificate
    try {
      return await this.#access.authenticate(request.headers.authorization)
    } catch (error) {
      if (error instanceof TooManyReviewsError) throw new RequestError(429, error.message)
      throw error
    }
  }

  async authorize(user: User, method: string, path: string): Promise<boolean> {
    const verb = verbs[method] ?? method.toLowerCase()
    // The broad permission first: it is what the API server itself has.
    for (const subresource of subresourcesOf(path)) {
      const resourceAttributes = { version: 'v1', verb, resource: 'nodes', subresource, name: this.#nodeName }
      if (await this.#access.authorize(user, { resourceAttributes })) return true
    }
    return false
  }
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/** `nodes/<subresource>` for a path, the finer one first where there is one (KubeletFineGrainedAuthz). */
function subresourcesOf(path: string): readonly string[] {
  const under = (prefix: string) => path === prefix || path.startsWith(`${prefix}/`)
  if (under('/stats')) return ['stats']
  if (under('/metrics')) return ['metrics']
  if (under('/logs')) return ['log']
  if (under('/checkpoint')) return ['checkpoint']
  if (under('/statusz')) return ['statusz']
  if (under('/flagz')) return ['configz']
  if (under('/healthz')) return ['healthz', 'proxy']
  if (under('/configz')) return ['configz', 'proxy']
  if (under('/pods') || under('/runningpods')) return ['pods', 'proxy']
  return ['proxy']
}

function certificateUser(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined
  const { subject } = socket.getPeerCertificate()
  if (!subject?.CN) return undefined
  const { CN, O } = subject as { CN: string; O?: string | string[] }
  return { name: CN, groups: [...(O === undefined ? [] : Array.isArray(O) ? O : [O]), 'system:authenticated'] }
}
