// The API server alone, in the test's own process, with objects in memory: no controllers, no nodes.
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiServerOptions } from '../../src/apiserver/server-options.ts'
import { ensureClusterPki } from '../../src/pki/cluster-pki.ts'
import { systemClock } from '../../src/util/clock.ts'
import { startApiServer } from './api-server.ts'
import { type Call, callHttps, type Reply } from './https-call.ts'

/** Of a member of system:masters. */
export const adminToken = 'admin-token'
/** Of a user without any rights. */
export const nobodyToken = 'nobody-token'

export class HttpsApiServer implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16, rejectUnauthorized: false })
  readonly #end: () => Promise<void>

  private constructor(port: number, end: () => Promise<void>) {
    this.#port = port
    this.url = `https://127.0.0.1:${port}`
    this.#end = end
  }

  static async start(options: Partial<ApiServerOptions> = {}): Promise<HttpsApiServer> {
    const directory = await mkdtemp(join(tmpdir(), 'api-server-'))
    const pki = await ensureClusterPki({ directory: join(directory, 'pki'), apiServerHosts: ['127.0.0.1'], clock: systemClock })
    const api = await startApiServer({
      tls: { certificate: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: pki.ca.pair.certificate },
      tokenFile: `${adminToken},admin,1,"system:masters"\n${nobodyToken},nobody,2\n`,
      authorizationModes: ['Node', 'RBAC'],
      anonymousAuth: true,
      admission: { enabled: ['NodeRestriction'], disabled: ['DenyServiceExternalIPs'] },
      serviceAccount: { issuers: ['https://kubernetes.default.svc'], signingKey: pki.serviceAccount.privateKey, verificationKeys: [] },
      ...options,
    })
    return new HttpsApiServer(await api.listen(), async () => {
      await api.stop()
      await rm(directory, { recursive: true, force: true })
    })
  }

  /** As the administrator, unless `call` says otherwise. @param path with its query, sent as it is */
  call(method: string, path: string, call: Call = {}): Promise<Reply> {
    return callHttps(this.#port, `${method} ${path}`, { token: adminToken, agent: this.#agent, type: 'application/json', ...call })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    await this.#end()
  }
}
