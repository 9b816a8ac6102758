// A control plane inside the caller's process, for tests and tools: a real API server on a real TLS port with all controllers and
// the scheduler, in memory, without nodes.
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '../client/client.ts'
import { type Logger, silentLogger } from '../component-base/logger.ts'
import { ensureClusterPki } from '../pki/cluster-pki.ts'
import { drivers } from '../storage/drivers/index.ts'
import { systemClock } from '../util/clock.ts'
import { apiServerHosts } from './api-server-hosts.ts'
import { clientKubeconfig } from './cluster-access.ts'
import { newControlPlane } from './control-plane.ts'
import { runComponents } from './run.ts'

export interface StartClusterOptions {
  /** Port of the API server on 127.0.0.1; a free one when left out. */
  readonly port?: number
  /** What the components say; nothing when left out. */
  readonly logger?: Logger
}

export interface Cluster extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly server: string
  /** Of an administrator, as text: for kubectl, client libraries, Helm. */
  readonly kubeconfig: string
  /** An administrator's client in this process. */
  readonly client: Client
  /** Ends everything and removes its files. Idempotent. */
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Resolves when the API server is ready. @throws {Error} when it cannot start (EADDRINUSE and the like) */
export async function startCluster({ port: wanted, logger = silentLogger }: StartClusterOptions = {}): Promise<Cluster> {
  const [directory, port] = await Promise.all([mkdtemp(join(tmpdir(), 'coxswain-')), wanted ?? freePort()])
  const address = '127.0.0.1'
  const serviceCidr = '10.96.0.0/16'
  const removeFiles = () => rm(directory, { recursive: true, force: true })
  try {
    const pki = await ensureClusterPki({ directory, apiServerHosts: apiServerHosts({ addresses: [], serviceCidrs: serviceCidr }), clock: systemClock })
    const storage = drivers.memory({ clock: systemClock })
    const controlPlane = await newControlPlane({
      storage,
      pki,
      address,
      port,
      serviceCidr,
      clusterCidr: '10.244.0.0/16',
      nodeCidrMaskSize: 24,
      logger,
    })
    const { server, components } = controlPlane
    await server.listen({ host: address, port })
    const stop = new AbortController()
    const running = runComponents(components, stop.signal, logger)
    await Promise.race([server.ready, running])
    const url = `https://${address}:${port}`
    const pair = await pki.client('admin', 'kubernetes-admin', ['system:masters'])
    const end = async () => {
      stop.abort()
      await running
      await storage.close()
      await removeFiles()
    }
    let ending: Promise<void> | undefined
    const stopOnce = () => (ending ??= end())
    return {
      server: url,
      kubeconfig: clientKubeconfig({ server: url, ca: pki.caBundle, pair }),
      client: controlPlane.clientOf({ name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'], extra: new Map() }, 'coxswain'),
      stop: stopOnce,
      [Symbol.asyncDispose]: stopOnce,
    }
  } catch (error) {
    await removeFiles()
    throw error
  }
}
