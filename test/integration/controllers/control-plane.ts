// An API server in memory with the controllers, in this process: for tests that look at what controllers make of the world.
import { generateKeyPairSync } from 'node:crypto'
import { serviceAccounts } from '../../../src/api/resources.ts'
import type { TlsOptions } from '../../../src/apiserver/http/secure-server.ts'
import { isNotFound } from '../../../src/apimachinery/api-error.ts'
import type { Client } from '../../../src/client/client.ts'
import { newClient } from '../../../src/client/rest/client.ts'
import { serviceAccountOf } from '../../../src/cmd/controller-identities.ts'
import { newControllerManager } from '../../../src/controllers/framework/manager.ts'
import { allControllers } from '../../../src/controllers/registry.ts'
import { type Clock, systemClock } from '../../../src/util/clock.ts'
import { startApiServer, testLogger } from '../../support/api-server.ts'
import { eventually } from '../../support/eventually.ts'
import { playKubelet } from './fake-kubelet.ts'

export interface ControlPlane {
  readonly client: Client
  /** Serves on a port of 127.0.0.1, with the given certificate. */
  listen(): Promise<number>
  stop(): Promise<void>
}

/** @param clock the controllers' */
export async function startControlPlane(tls: TlsOptions = { certificate: '', key: '' }, clock: Clock = systemClock): Promise<ControlPlane> {
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const serviceAccount = { issuers: ['https://kubernetes.default.svc.cluster.local'], signingKey: pem, verificationKeys: [] }
  const api = await startApiServer({ tls, serviceAccount })
  const { server, client } = api
  const ending = new AbortController()
  // Each controller as its own account, so that what its role does not allow fails here, too.
  const transportOf = (controller: string) => {
    const name = `system:serviceaccount:kube-system:${serviceAccountOf(controller)}`
    server.addToken(name, { name, groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'], extra: new Map() })
    return server.inProcessTransport(name)
  }
  const manager = newControllerManager({
    controllers: allControllers({ rootCa: { bundle: 'CA' }, serviceAccountKey: pem }),
    client,
    clientFor: (controller) => newClient(transportOf(controller), { userAgent: controller }),
    metadataClientFor: (controller) => newClient(transportOf(controller), { userAgent: controller, metadataOnly: true }),
    clock,
    logger: testLogger,
  })
  const controlling = manager.run(ending.signal)
  return {
    client,
    listen: async () => (await server.listen({ host: '127.0.0.1', port: 0 })).port,
    async stop() {
      ending.abort()
      await Promise.all([api.stop(), controlling])
    },
  }
}

/** One whose pods run: with the namespace `default` in order, and somebody who plays a kubelet. */
export async function startPlayedControlPlane(): Promise<ControlPlane> {
  const plane = await startControlPlane()
  await eventually(() => plane.client.get(serviceAccounts, { namespace: 'default', name: 'default' }))
  const playing = new AbortController()
  const kubelet = playKubelet(plane.client, playing.signal)
  return {
    ...plane,
    async stop() {
      playing.abort()
      await kubelet
      await plane.stop()
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
