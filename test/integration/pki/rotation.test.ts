// Certificates and authorities are replaced while the server runs, and those who use it notice nothing.
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigMap } from '../../../src/api/core/v1.ts'
import type { New } from '../../../src/api/object.ts'
import { configMaps, nodes } from '../../../src/api/resources.ts'
import type { Client } from '../../../src/client/client.ts'
import { silentLogger } from '../../../src/component-base/logger.ts'
import { CertificateManager } from '../../../src/kubelet/certificate/certificate-manager.ts'
import { clientCertificateOf } from '../../../src/kubelet/certificate/kubelet-certificates.ts'
import { CertificateStore } from '../../../src/kubelet/certificate/store.ts'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { renewCertificates } from '../../../src/pki/renewal.ts'
import type { KeyPair } from '../../../src/pki/x509.ts'
import { type Clock, systemClock } from '../../../src/util/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { TestControlPlane } from './control-plane.ts'

let plane: TestControlPlane
beforeAll(async () => {
  plane = await TestControlPlane.start()
})
afterAll(() => plane[Symbol.asyncDispose]())

/** Of the certificate that a new connection sees. */
function servedFingerprint(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host: '127.0.0.1', port: plane.port, ca: plane.pki.ca.pair.certificate }, () => {
    resolve(socket.getPeerCertificate().fingerprint256)
    socket.end()
  })
  socket.on('error', reject)
  return promise
}

/** Names of ConfigMaps as they are made, from now on. */
async function watchNames(client: Client) {
  const { metadata } = await client.list(configMaps, { namespace: 'default' })
  const stop = new AbortController()
  const names: string[] = []
  const ended = (async () => {
    for await (const event of client.watch(configMaps, { namespace: 'default', resourceVersion: metadata.resourceVersion }, stop.signal))
      names.push(event.object.metadata.name)
  })().catch((error: unknown) => (stop.signal.aborted ? undefined : Promise.reject(error as Error)))
  return {
    names,
    stop: () => {
      stop.abort()
      return ended
    },
  }
}

const make = (name: string) =>
  plane.admin.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name } } as New<ConfigMap>)

test('a new serving certificate is shown to new connections; a watch on an old one goes on', async () => {
  const admin = await plane.pki.client('admin', 'kubernetes-admin', ['system:masters'])
  using connection = plane.connect({ pair: () => admin })
  const watch = await watchNames(connection.client)
  const before = await servedFingerprint()
  expect(await renewCertificates(join(plane.directory, 'pki'), ({ name }) => name === 'apiserver', systemClock)).toEqual(['apiserver'])
  const after = await eventually(async () => {
    const now = await servedFingerprint()
    expect(now).not.toBe(before)
    return now
  })
  await make('after-renewal')
  await eventually(() => expect(watch.names).toContain('after-renewal'))
  // Half a pair is not put in force; the next whole one is.
  const key = await readFile(join(plane.directory, 'pki/apiserver.key'), 'utf8')
  await writeFile(join(plane.directory, 'pki/apiserver.key'), plane.pki.frontProxyClient.key)
  await make('in-between')
  await eventually(() => expect(watch.names).toContain('in-between'))
  expect(await servedFingerprint()).toBe(after)
  await writeFile(join(plane.directory, 'pki/apiserver.key'), key)
  await watch.stop()
})

test('an authority that is added is believed; one that is taken away is not, on open connections either', async () => {
  const file = join(plane.directory, 'pki/ca.crt')
  const own = await readFile(file, 'utf8')
  const other = await CertificateAuthority.create('other', systemClock)
  const pair = await other.issue({ commonName: 'dave', organizations: ['system:masters'], usages: ['client'], validityDays: 1 })
  expect(await plane.whoAmI({ pair })).toBe('401 Unauthorized')
  await appendFile(file, other.pair.certificate)
  await eventually(async () => expect(await plane.whoAmI({ pair })).toBe('dave [system:masters system:authenticated]'))
  await eventually(async () =>
    expect(await plane.kubectl(['get', 'cm', '-n', 'kube-system', 'extension-apiserver-authentication', '-o', 'yaml'])).toContain(
      other.pair.certificate.split('\n')[2],
    ),
  )

  using connection = plane.connect({ pair: () => pair })
  await connection.client.list(nodes)
  await writeFile(file, own)
  await eventually(async () => expect(connection.client.list(nodes)).rejects.toMatchObject({ reason: 'Unauthorized' }))
  expect(await plane.whoAmI({ pair: await plane.pki.client('admin', 'kubernetes-admin', ['system:masters']) })).toContain('kubernetes-admin')
})

/** The machine's clock, set forward as a test likes, on which waiting is short. */
class ShiftedClock implements Clock {
  aheadMs = 0
  now = () => systemClock.now() + this.aheadMs
  monotonic = () => systemClock.monotonic()
  after = (ms: number, fn: () => void) => systemClock.after(ms, fn)
  sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(Math.min(ms, 50), signal)
}

test('a kubelet joins with a bootstrap token, and replaces its certificate before it expires, on the go', async () => {
  const groups = 'system:bootstrappers:kubeadm:default-node-token'
  const fields = { 'token-id': 'rotate', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', 'auth-extra-groups': groups }
  const metadata = { namespace: 'kube-system', name: 'bootstrap-token-rotate' }
  await plane.kubectl(
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Secret', type: 'bootstrap.kubernetes.io/token', metadata, stringData: fields }),
  )
  await plane.kubectl(['create', 'clusterrole', 'maps', '--verb=list,watch', '--resource=configmaps'])
  await plane.kubectl(['create', 'clusterrolebinding', 'maps', '--clusterrole=maps', '--group=system:nodes'])

  const clock = new ShiftedClock()
  const certDirectory = join(plane.directory, 'kubelet')
  using bootstrap = plane.connect({ token: 'rotate.0123456789abcdef' })
  let client = bootstrap.client
  const manager = new CertificateManager({
    name: 'kubelet-client',
    store: new CertificateStore(certDirectory, 'kubelet-client', clock),
    client: () => client,
    wanted: () => ({ ...clientCertificateOf('r1'), expirationSeconds: 600 }),
    clock,
    rand: () => 0.5,
    logger: silentLogger,
  })
  const stop = new AbortController()
  const first = await manager.ensure(stop.signal)
  expect(await plane.whoAmI({ pair: first })).toBe('system:node:r1 [system:nodes system:authenticated]')
  // From now on as the node itself: the token is not needed any more.
  await plane.kubectl(['delete', 'secret', '-n', 'kube-system', 'bootstrap-token-rotate'])
  using connection = plane.connect({ pair: () => manager.current! })
  client = connection.client
  const watch = await watchNames(client)

  const running = manager.run(stop.signal)
  const seen: KeyPair[] = []
  manager.onChange((pair) => seen.push(pair))
  clock.aheadMs = 7 * 60_000
  expect(seen).toEqual([])
  clock.aheadMs = 8.5 * 60_000
  await eventually(() => expect(seen).not.toEqual([]))
  expect(seen[0]!.key).not.toBe(first.key)
  expect(new CertificateStore(certDirectory, 'kubelet-client', clock).current()).toEqual(seen.at(-1))
  clock.aheadMs = 0
  const credentials = async () =>
    JSON.parse(
      (await client.raw('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }))
        .text,
    )
  const { status } = (await credentials()) as { status: { userInfo: { username: string; extra: Record<string, string[]> } } }
  expect(status.userInfo.username).toBe('system:node:r1')
  expect(await plane.whoAmI({ pair: manager.current! })).toContain('system:node:r1')
  await make('seen-by-the-node')
  await eventually(() => expect(watch.names).toContain('seen-by-the-node'))
  stop.abort()
  await running
  await watch.stop()
})

test('every part of the control plane acts as itself, and none as an administrator', async () => {
  const parts = () => plane.identities().filter(({ name }) => name !== 'kubernetes-admin')
  await eventually(() => expect(parts().map(({ name }) => name)).toContain('system:serviceaccount:kube-system:certificate-controller'))
  expect(parts().filter(({ groups }) => groups.includes('system:masters'))).toEqual([])
  const names = parts().map(({ name }) => name)
  expect(names.filter((name) => !name.startsWith('system:serviceaccount:kube-system:')).toSorted()).toEqual([
    'system:coxswain:cluster-info',
    'system:kube-controller-manager',
    'system:kube-scheduler',
  ])
  expect(names.length).toBeGreaterThan(20)
})
