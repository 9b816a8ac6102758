// The components of a control plane with the arguments that kubeadm gives them, and nothing else but ports of this test.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientKubeconfig } from '../../../src/cmd/cluster-access.ts'
import { kubeadmArguments } from '../../../src/cmd/upstream-flags/upstream.fixture.ts'
import { CertificateAuthority } from '../../../src/pki/certificate-authority.ts'
import { type ClusterPki, ensureClusterPki } from '../../../src/pki/cluster-pki.ts'
import { drivers } from '../../../src/storage/drivers/index.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { callHttps } from '../../support/https-call.ts'
import { TestEtcd } from '../../support/etcd.ts'
import { stop } from '../cis/cox-server.ts'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')
const directory = mkdtempSync(join(tmpdir(), 'kubeadm-'))
const pkiDirectory = join(directory, 'pki')
const port = 16_443
const processes: ChildProcess[] = []
let etcd: TestEtcd
let pki: ClusterPki
let admin: { readonly certificate: string; readonly key: string }

/** kubeadm's, with the files of this test. */
function start(name: string, ...more: readonly string[]): void {
  const argv = kubeadmArguments
    .get(name)!
    .map((argument) =>
      argument.replace('/etc/kubernetes/pki', pkiDirectory).replace('/etc/kubernetes', directory).replace('https://127.0.0.1:2379', etcd.endpoint),
    )
  const log = openSync(join(directory, `${name}.log`), 'a')
  processes.push(spawn(process.execPath, [entry, name, ...argv, ...more], { cwd: directory, stdio: ['ignore', log, log] }))
}

/** With certificates where kubeadm has them; it takes nobody without one. */
async function startEtcd(): Promise<TestEtcd> {
  mkdirSync(join(pkiDirectory, 'etcd'), { recursive: true })
  const at = (name: string) => join(pkiDirectory, name)
  const ca = await CertificateAuthority.create('etcd-ca', systemClock)
  const serving = await ca.issue({ commonName: 'etcd', hosts: ['127.0.0.1'], usages: ['server', 'client'], validityDays: 1 })
  const client = await ca.issue({ commonName: 'kube-apiserver-etcd-client', usages: ['client'], validityDays: 1 })
  writeFileSync(at('etcd/ca.crt'), ca.pair.certificate)
  for (const [name, { certificate, key }] of [
    ['etcd/server', serving],
    ['apiserver-etcd-client', client],
  ] as const) {
    writeFileSync(at(`${name}.crt`), certificate)
    writeFileSync(at(`${name}.key`), key, { mode: 0o600 })
  }
  const files = ['--cert-file', at('etcd/server.crt'), '--key-file', at('etcd/server.key')]
  return TestEtcd.start({ scheme: 'https', flags: [...files, '--client-cert-auth', '--trusted-ca-file', at('etcd/ca.crt')] })
}

beforeAll(async () => {
  etcd = await startEtcd()
  pki = await ensureClusterPki({ directory: pkiDirectory, apiServerHosts: ['127.0.0.1'], clock: systemClock })
  admin = await pki.client('admin', 'kubernetes-admin', ['system:masters'])
  for (const [file, user] of [
    ['controller-manager.conf', 'system:kube-controller-manager'],
    ['scheduler.conf', 'system:kube-scheduler'],
  ] as const) {
    const pair = await pki.client(user.split(':')[1]!, user, [])
    writeFileSync(join(directory, file), clientKubeconfig({ server: `https://127.0.0.1:${port}`, ca: pki.caBundle, pair }))
  }
  start('kube-apiserver', `--secure-port=${port}`, '--shutdown-watch-termination-grace-period=1s')
  await eventually(async () => expect((await callHttps(port, 'GET /readyz', { ca: pki.caBundle })).status).toBe(200))
  start('kube-controller-manager', '--terminated-pod-gc-threshold=1')
  start('kube-scheduler')
}, 60_000)
afterAll(async () => {
  for (const child of processes) await stop(child)
  await etcd.remove()
  rmSync(directory, { recursive: true })
})

const call = (line: string, body?: object) => callHttps(port, line, { ca: pki.caBundle, clientCertificate: admin, ...(body ? { body } : {}) })
const log = (name: string) => readFileSync(join(directory, `${name}.log`), 'utf8')

test('the API server keeps its objects in etcd, over TLS with its certificate', async () => {
  expect(log('kube-apiserver')).toContain(etcd.endpoint)
  const [ca, certificate, key] = ['etcd/ca.crt', 'apiserver-etcd-client.crt', 'apiserver-etcd-client.key'].map((name) => readFileSync(join(pkiDirectory, name)))
  const prefix = { ours: '/registry', theirs: '/registry' }
  const storage = await drivers.etcd({ endpoints: [etcd.endpoint], tls: { ca: ca!, certificate: certificate!, key: key! }, prefix })
  try {
    expect(Buffer.from((await storage.get('/registry/namespaces/default'))!.value).toString()).toContain('"name":"default"')
  } finally {
    await storage.close()
  }
  // Its certificate is for the address alone.
  const misnamed = drivers.etcd({ endpoints: [etcd.endpoint.replace('127.0.0.1', 'localhost')], tls: { ca: ca! }, prefix, initializationTimeoutMs: 1 })
  await expect(misnamed).rejects.toThrow(/does not answer: .*does not match certificate/)
  const stranger = drivers.etcd({ endpoints: [etcd.endpoint], tls: { ca: ca! }, prefix, initializationTimeoutMs: 1 })
  await expect(stranger).rejects.toThrow(/^etcd \(https:.*\) does not answer: rpc error: code = Unavailable/)
})

test('the API server says which flags have no effect', () => {
  expect(log('kube-apiserver')).toMatch(/These flags have no effect here.*kubelet-preferred-address-types.*proxy-client-cert-file/s)
})

test('health is where the probes of the static pods look for it', async () => {
  for (const [probed, path] of [
    [10_257, '/healthz'],
    [10_259, '/livez'],
    [10_259, '/readyz'],
  ] as const)
    await eventually(async () => expect((await callHttps(probed, `GET ${path}`)).status).toBe(200))
  // Without credentials, as the kubelet asks.
  for (const path of ['/livez', '/readyz']) expect((await callHttps(port, `GET ${path}`, { ca: pki.caBundle })).status).toBe(200)
})

test('controllers and scheduler do their work', async () => {
  const namespace = '/api/v1/namespaces/default'
  await eventually(async () => expect((await call(`GET ${namespace}/configmaps/kube-root-ca.crt`)).json()['data']).toEqual({ 'ca.crt': pki.caBundle }))
  // The token controller has kubeadm's key.
  const annotations = { 'kubernetes.io/service-account.name': 'default' }
  await call(`POST ${namespace}/secrets`, { metadata: { name: 't', annotations }, type: 'kubernetes.io/service-account-token' })
  const token = await eventually(async () => {
    const { data } = (await call(`GET ${namespace}/secrets/t`)).json() as { data?: Record<string, string> }
    expect(data?.['token']).toBeDefined()
    return Buffer.from(data!['token']!, 'base64').toString()
  })
  expect((await callHttps(port, `GET ${namespace}/pods`, { ca: pki.caBundle, token })).status).toBe(403)
  // Nodes get ranges; pods get nodes.
  const status = {
    capacity: { cpu: '1', memory: '1Gi', pods: '9' },
    allocatable: { cpu: '1', memory: '1Gi', pods: '9' },
    conditions: [{ type: 'Ready', status: 'True' }],
  }
  await call('POST /api/v1/nodes', { metadata: { name: 'n' }, status })
  const { json } = await call('GET /api/v1/nodes/n')
  await call('PUT /api/v1/nodes/n/status', { ...json(), status })
  await eventually(async () => expect(((await call('GET /api/v1/nodes/n')).json() as { spec: { podCIDR?: string } }).spec.podCIDR).toMatch(/^10\.244\./))
  const tolerations = [{ operator: 'Exists' }]
  await call(`POST ${namespace}/pods`, {
    metadata: { name: 'p' },
    spec: { tolerations, containers: [{ name: 'c', image: 'x', securityContext: { privileged: true } }] },
  })
  await eventually(async () => expect(((await call(`GET ${namespace}/pods/p`)).json() as { spec: { nodeName?: string } }).spec.nodeName).toBe('n'))
})

test('--terminated-pod-gc-threshold: of pods that have ended the newest stay', async () => {
  const namespace = '/api/v1/namespaces/default'
  for (const [name, reason] of [
    ['evicted', 'Evicted'],
    ['first', ''],
    ['second', ''],
  ] as const) {
    await call(`POST ${namespace}/pods`, { metadata: { name, labels: { ended: 'yes' } }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'x' }] } })
    const pod = (await call(`GET ${namespace}/pods/${name}`)).json()
    await call(`PUT ${namespace}/pods/${name}/status`, { ...pod, status: { phase: reason ? 'Failed' : 'Succeeded', reason } })
  }
  await eventually(async () => {
    const { items } = (await call(`GET ${namespace}/pods?labelSelector=ended`)).json() as { items: readonly { metadata: { name: string } }[] }
    expect(items.map(({ metadata }) => metadata.name)).toHaveLength(1)
    expect(items[0]!.metadata.name).not.toBe('evicted')
  })
})

test('a stop ends watches as they end by themselves, and then the process', async () => {
  const [apiServer] = processes
  const watches = Array.from({ length: 5 }, () =>
    call('GET /apis/scheduling.k8s.io/v1/priorityclasses?watch=1&fieldSelector=metadata.name%3Dsystem-node-critical'),
  )
  // Under way: the server counts them.
  await eventually(async () =>
    expect((await call('GET /metrics')).text).toMatch(/^apiserver_longrunning_requests\{verb="WATCH".*resource="priorityclasses".*scope="resource".*\} 5$/m),
  )
  const ended = new Promise((resolve) => apiServer!.once('exit', resolve))
  apiServer!.kill('SIGTERM')
  // An answer that is cut off rejects.
  for (const { status, text } of await Promise.all(watches)) expect([status, text]).toEqual([200, expect.stringContaining('"type":"ADDED"')])
  expect(await ended).toBe(0)
})
