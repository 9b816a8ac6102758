// An API server in this process, in memory, without anything that is not asked for.
import { generateKeyPairSync } from 'node:crypto'
import type { ApiServer, ApiServerOptions } from '../../src/apiserver/server-options.ts'
import { newApiServer } from '../../src/apiserver/server.ts'
import type { UserInfo } from '../../src/apiserver/authn/user.ts'
import type { Client } from '../../src/client/client.ts'
import { newClient } from '../../src/client/rest/client.ts'
import type { Transport } from '../../src/client/transport/transport.ts'
import { silentLogger } from '../../src/component-base/logger.ts'
import { newStreamLogger } from '../../src/component-base/logs/stream-logger.ts'
import { drivers } from '../../src/storage/drivers/index.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { systemClock } from '../../src/util/clock.ts'

/** Of a cluster administrator. */
export const token = 'test'

export interface TestApiServer {
  readonly server: ApiServer
  readonly storage: Storage
  readonly transport: Transport
  /** As a cluster administrator. */
  readonly client: Client
  readonly clientOf: (user: NamedUser) => Client
  /** The user's token is his name. */
  readonly transportOf: (user: NamedUser) => Transport
  /** Serves on a port of 127.0.0.1, too. @returns the port */
  readonly listen: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** All are authenticated, too. */
type NamedUser = Pick<UserInfo, 'name' | 'groups'>

export const testLogger = process.env['TEST_LOG'] ? newStreamLogger({ stream: process.stderr, level: 'debug' }) : silentLogger

/** @param options replace what a plain server has */
export async function startApiServer(options: Partial<ApiServerOptions> = {}): Promise<TestApiServer> {
  const storage = options.storage ?? drivers.memory({ clock: systemClock })
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const server = await newApiServer({
    tls: { certificate: '', key: '' },
    authorizationModes: ['RBAC'],
    anonymousAuth: false,
    admission: { enabled: [], disabled: [] },
    serviceClusterIpRange: '10.96.0.0/16',
    serviceNodePortRange: { from: 30_000, to: 32_767 },
    serviceAccount: { issuers: ['https://kubernetes.default.svc.cluster.local'], signingKey, verificationKeys: [] },
    advertiseAddress: '127.0.0.1:6443',
    clock: systemClock,
    logger: testLogger,
    ...options,
    storage,
  })
  server.addToken(token, { name: 'test', groups: ['system:masters'], extra: new Map() })
  const ending = new AbortController()
  const serving = server.run(ending.signal)
  await server.ready
  const transport = server.inProcessTransport(token)
  const transportOf = ({ name, groups }: NamedUser) => {
    server.addToken(name, { name, groups: [...groups, 'system:authenticated'], extra: new Map() })
    return server.inProcessTransport(name)
  }
  return {
    server,
    storage,
    transport,
    client: newClient(transport, { userAgent: 'test' }),
    transportOf,
    clientOf: (user) => newClient(transportOf(user), { userAgent: user.name }),
    listen: async () => (await server.listen({ host: '127.0.0.1', port: 0 })).port,
    async stop() {
      ending.abort()
      await serving
      await storage.close()
    },
  }
}
