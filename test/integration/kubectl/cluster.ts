// A control plane with a scheduler, fake nodes and a TLS port, for the real kubectl.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newEventRecorder } from '../../../src/client/events/recorder.ts'
import { newInformerFactory } from '../../../src/client/informers/factory.ts'
import { silentLogger as logger } from '../../../src/component-base/logger.ts'
import { ensureClusterPki } from '../../../src/pki/cluster-pki.ts'
import { newScheduler } from '../../../src/scheduler/index.ts'
import { systemClock as clock } from '../../../src/util/clock.ts'
import { systemRand } from '../../../src/util/rand.ts'
import { startControlPlane } from '../controllers/control-plane.ts'
import { type FakeNode, playNodes } from './fake-nodes.ts'

export interface KubectlCluster extends AsyncDisposable {
  /** Where commands run: holds `config`, kubectl's kubeconfig and HOME. */
  readonly directory: string
  readonly server: string
}

export async function startCluster(fakeNodes: readonly FakeNode[]): Promise<KubectlCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'kubectl-'))
  const pki = await ensureClusterPki({ directory: join(directory, 'pki'), apiServerHosts: ['127.0.0.1'], clock })
  const ca = pki.ca.pair.certificate
  const plane = await startControlPlane({ certificate: pki.apiServer.certificate, key: pki.apiServer.key, clientCa: ca })
  const server = `https://127.0.0.1:${await plane.listen()}`
  const admin = await pki.client('admin', 'kubernetes-admin', ['system:masters'])
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  await writeFile(
    join(directory, 'config'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
      users: [{ name: 'admin', user: { 'client-certificate-data': base64(admin.certificate), 'client-key-data': base64(admin.key) } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'test',
    }),
  )
  const { client } = plane
  const informers = newInformerFactory({ client, logger })
  const recorder = newEventRecorder({ client, component: 'default-scheduler', logger })
  const scheduler = newScheduler({ client, informers, recorder, clock, rand: systemRand, logger })
  const ending = new AbortController()
  const { signal } = ending
  const running = [scheduler.run(signal), recorder.run(signal), informers.run(signal), playNodes(client, fakeNodes, signal)]
  return {
    directory,
    server,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await Promise.all(running)
      await plane.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
