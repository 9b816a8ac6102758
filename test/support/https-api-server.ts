// The API server alone, in the test's own process, with objects in memory: no controllers, no nodes.
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiServerOptions } from '../../src/apiserver/server-options.ts'
import { newApiServer } from '../../src/apiserver/server.ts'
import { silentLogger } from '../../src/component-base/logger.ts'
import { ensureClusterPki } from '../../src/pki/cluster-pki.ts'
import { drivers } from '../../src/storage/drivers/index.ts'
import { systemClock } from '../../src/util/clock.ts'

/** Of a member of system:masters. */
export const adminToken = 'admin-token'
/** Of a user without any rights. */
export const nobodyToken = 'nobody-token'

export interface Reply {
  readonly status: number
  readonly text: string
  readonly headers: NodeJS.Dict<string | string[]>
  /** @throws {SyntaxError} */
  readonly json: () => Readonly<Record<string, unknown>>
}

export interface Call {
  readonly body?: object | string | Uint8Array
  readonly type?: string
  readonly headers?: Record<string, string>
  /** '' for none. */
  readonly token?: string
}

export class HttpsApiServer implements AsyncDisposable {
  readonly url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: false })
  readonly #end: () => Promise<void>

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url
    this.#end = end
  }

  static async start(options: Partial<ApiServerOptions> = {}): Promise<HttpsApiServer> {
    const directory = await mkdtemp(join(tmpdir(), 'api-server-'))
    const pki = await ensureClusterPki({ directory: join(directory, 'pki'), apiServerHosts: ['127.0.0.1'], clock: systemClock })
    const stop = new AbortController()
    const api = await newApiServer({
      storage: drivers.memory({ clock: systemClock }),
      tls: { certificate: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.pair.certificate },
      tokenFile: `${adminToken},admin,1,"system:masters"\n${nobodyToken},nobody,2\n`,
      authorizationModes: ['Node', 'RBAC'],
      anonymousAuth: true,
      admission: { enabled: ['NodeRestriction'], disabled: ['DenyServiceExternalIPs'] },
      serviceClusterIpRange: '10.96.0.0/16',
      serviceNodePortRange: { from: 30_000, to: 32_767 },
      serviceAccount: { issuers: ['https://kubernetes.default.svc'], signingKey: pki.serviceAccount.privateKey, verificationKeys: [] },
      advertiseAddress: '127.0.0.1:6443',
      clock: systemClock,
      logger: silentLogger,
      ...options,
    })
    const { port } = await api.listen({ host: '127.0.0.1', port: 0 })
    const running = api.run(stop.signal)
    await api.ready
    return new HttpsApiServer(`https://127.0.0.1:${port}`, async () => {
      stop.abort()
      await running
      await rm(directory, { recursive: true, force: true })
    })
  }

  /** @param path with its query, sent as it is */
  call(method: string, path: string, { body, type = 'application/json', headers = {}, token = adminToken }: Call = {}): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const { hostname, port } = new URL(this.url)
    const sent = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const all = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(sent === undefined ? {} : { 'content-type': type }), ...headers }
    const outgoing = request({ agent: this.#agent, hostname, port, method, path, headers: all }, async (incoming) => {
      const text = (await incoming.setEncoding('utf8').toArray()).join('')
      resolve({ status: incoming.statusCode!, text, headers: incoming.headers, json: () => JSON.parse(text) as Record<string, unknown> })
    })
    outgoing.once('error', reject)
    outgoing.end(sent)
    return promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    await this.#end()
  }
}
