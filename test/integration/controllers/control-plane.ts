// An API server in memory with the controllers, in this process: for tests that look at what controllers make of the world.
import { generateKeyPairSync } from 'node:crypto'
import type { TlsOptions } from '../../../src/apiserver/http/secure-server.ts'
import { newApiServer } from '../../../src/apiserver/server.ts'
import { isNotFound } from '../../../src/apimachinery/api-error.ts'
import type { Client } from '../../../src/client/client.ts'
import { newClient } from '../../../src/client/rest/client.ts'
import { serviceAccountOf } from '../../../src/cmd/controller-identities.ts'
import { silentLogger } from '../../../src/component-base/logger.ts'
import { newStreamLogger } from '../../../src/component-base/logs/stream-logger.ts'
import { newControllerManager } from '../../../src/controllers/framework/manager.ts'
import { allControllers } from '../../../src/controllers/registry.ts'
import { drivers } from '../../../src/storage/drivers/index.ts'
import { systemClock } from '../../../src/util/clock.ts'

export interface ControlPlane {
  readonly client: Client
  /** Serves on a port of 127.0.0.1, with the given certificate. */
  listen(): Promise<number>
  stop(): Promise<void>
}

/** Of a cluster administrator. */
export const token = 'test'

export async function startControlPlane(tls: TlsOptions = { certificate: '', key: '' }): Promise<ControlPlane> {
  const logger = process.env['TEST_LOG'] ? newStreamLogger({ stream: process.stderr, level: 'debug' }) : silentLogger
  const storage = drivers.memory({ clock: systemClock })
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const server = await newApiServer({
    storage,
    tls,
    authorizationModes: ['RBAC'],
    anonymousAuth: false,
    admission: { enabled: [], disabled: [] },
    serviceClusterIpRange: '10.96.0.0/16',
    serviceNodePortRange: { from: 30_000, to: 32_767 },
    serviceAccount: { issuers: ['https://kubernetes.default.svc.cluster.local'], signingKey, verificationKeys: [] },
    advertiseAddress: '127.0.0.1:6443',
    clock: systemClock,
    logger,
  })
  server.addToken(token, { name: 'test', groups: ['system:masters'], extra: new Map() })
  const ending = new AbortController()
  const serving = server.run(ending.signal)
  await server.ready
  const transport = server.inProcessTransport(token)
  const client = newClient(transport, { userAgent: 'test' })
  // Each controller as its own account, so that what its role does not allow fails here, too.
  const transportOf = (controller: string) => {
    const name = `system:serviceaccount:kube-system:${serviceAccountOf(controller)}`
    server.addToken(name, { name, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'], extra: new Map() })
    return server.inProcessTransport(name)
  }
  const manager = newControllerManager({
    controllers: allControllers({ rootCa: 'CA' }),
    client,
    clientFor: (controller) => newClient(transportOf(controller), { userAgent: controller }),
    metadataClientFor: (controller) => newClient(transportOf(controller), { userAgent: controller, metadataOnly: true }),
    logger,
  })
  const controlling = manager.run(ending.signal)
  return {
    client,
    listen: async () => (await server.listen({ host: '127.0.0.1', port: 0 })).port,
    async stop() {
      ending.abort()
      await Promise.all([serving, controlling])
      await storage.close()
    },
  }
}

/** @returns undefined for NotFound */
export function unlessMissing<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
}
