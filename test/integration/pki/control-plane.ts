// A whole control plane on a TLS port of this process, with the directory of its keys and certificates.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UserInfo } from '../../../src/apiserver/authn/user.ts'
import type { Client } from '../../../src/client/client.ts'
import { newClient } from '../../../src/client/rest/client.ts'
import { newHttpsTransport } from '../../../src/client/transport/https.ts'
import { apiServerHosts } from '../../../src/cmd/api-server-hosts.ts'
import { clientKubeconfig } from '../../../src/cmd/cluster-access.ts'
import { newControlPlane } from '../../../src/cmd/control-plane.ts'
import { followServingFiles, ownServingFiles } from '../../../src/cmd/kube-apiserver-flags/serving.ts'
import { runComponents } from '../../../src/cmd/run.ts'
import { type ClusterPki, ensureClusterPki } from '../../../src/pki/cluster-pki.ts'
import type { KeyPair } from '../../../src/pki/x509.ts'
import { drivers } from '../../../src/storage/drivers/index.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { testLogger as logger } from '../../support/api-server.ts'
import { succeed } from '../../support/command.ts'
import { callHttps, objectOf } from '../../support/https-call.ts'
import { kubectlPath } from '../../support/packaged-clients.ts'

export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface Credentials {
  readonly pair?: KeyPair
  readonly token?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
}

export class TestControlPlane implements AsyncDisposable {
  readonly directory: string
  readonly pki: ClusterPki
  readonly port: number
  /** Of an administrator, in process. */
  readonly admin: Client
  /** Whom the parts of the control plane act as; the test's own administrator is the last. */
  readonly identities: () => readonly UserInfo[]
  readonly #end: () => Promise<void>

  private constructor(parts: Pick<TestControlPlane, 'directory' | 'pki' | 'port' | 'admin' | 'identities'>, end: () => Promise<void>) {
    ;({ directory: this.directory, pki: this.pki, port: this.port, admin: this.admin, identities: this.identities } = parts)
    this.#end = end
  }

  static async start(): Promise<TestControlPlane> {
    const directory = await mkdtemp(join(tmpdir(), 'pki-'))
    const serviceCidr = '10.96.0.0/16'
    const pkiDirectory = join(directory, 'pki')
    const pki = await ensureClusterPki({
      directory: pkiDirectory,
      apiServerHosts: apiServerHosts({ addresses: [], serviceCidrs: serviceCidr }),
      clock: systemClock,
    })
    const storage = drivers.memory({ clock: systemClock })
    const address = '127.0.0.1'
    const plane = await newControlPlane({
      storage,
      pki,
      address,
      port: 6443,
      serviceCidr,
      clusterCidr: '10.244.0.0/16',
      nodeCidrMaskSize: 24,
      anonymousAuth: 'true',
      logger,
    })
    const { server, components, identities } = plane
    const { port } = await server.listen({ host: address, port: 0 })
    const stop = new AbortController()
    const files = { ...ownServingFiles(pkiDirectory), requestHeaderCaFile: join(pkiDirectory, 'front-proxy-ca.crt') }
    const running = runComponents([...components, followServingFiles(files, server, logger)], stop.signal, logger)
    await Promise.race([server.ready, running])
    const pair = await pki.client('admin', 'kubernetes-admin', ['system:masters'])
    await writeFile(join(directory, 'config'), clientKubeconfig({ server: `https://${address}:${port}`, ca: pki.ca.pair.certificate, pair }))
    const admin = plane.clientOf({ name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'], extra: new Map() }, 'test')
    return new TestControlPlane({ directory, pki, port, admin, identities }, async () => {
      stop.abort()
      await running
      await storage.close()
      await rm(directory, { recursive: true })
    })
  }

  /** A kubectl command that must succeed. @returns standard output */
  kubectl(args: readonly string[], input?: string): Promise<string> {
    return succeed([kubectlPath(), ...args], { env: { KUBECONFIG: join(this.directory, 'config'), HOME: this.directory }, ...(input ? { input } : {}) })
  }

  /** One request on a connection of its own, as whoever these credentials make one. */
  async call(path: string, { pair, token, headers }: Credentials = {}, body?: object): Promise<Answer> {
    const reply = await callHttps(this.port, `${body ? 'POST' : 'GET'} ${path}`, {
      ca: this.pki.ca.pair.certificate,
      ...(pair ? { clientCertificate: pair } : {}),
      ...(token ? { token } : {}),
      ...(headers ? { headers } : {}),
      ...(body ? { body } : {}),
    })
    return { status: reply.status, body: objectOf(reply) }
  }

  /** Whom the server takes one for: `alice [dev system:authenticated]`, or the status and message of a refusal. */
  async whoAmI(credentials: Credentials): Promise<string> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    const { status, body } = await this.call('/apis/authentication.k8s.io/v1/selfsubjectreviews', credentials, review)
    if (status !== 201) return `${status} ${String(body['message'])}`
    const { username, groups = [] } = (body['status'] as { userInfo: { username: string; groups?: string[] } }).userInfo
    return `${username} [${groups.join(' ')}]`
  }

  /** A client over the network. The caller closes its transport. */
  connect(options: { readonly pair?: () => KeyPair; readonly token?: string }) {
    const { pair, token } = options
    const transport = newHttpsTransport({
      server: `https://127.0.0.1:${this.port}`,
      ca: this.pki.ca.pair.certificate,
      ...(pair ? { clientCertificate: () => ({ cert: pair().certificate, key: pair().key }) } : {}),
      ...(token ? { bearerToken: () => token } : {}),
    })
    return { client: newClient(transport, { userAgent: 'test' }), [Symbol.dispose]: () => transport.close() }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end()
  }
}
