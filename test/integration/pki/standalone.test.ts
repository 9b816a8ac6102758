// The components alone, as processes with upstream's flags: an API server, a controller manager that signs, a kubelet that joins.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientKubeconfig } from '../../../src/cmd/cluster-access.ts'
import { CertificateAuthority, type KeyPair } from '../../../src/pki/certificate-authority.ts'
import { renewCertificates } from '../../../src/pki/renewal.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { run, succeed } from '../../support/command.ts'
import { eventually } from '../../support/eventually.ts'
import { kubectlPath } from '../../support/packaged-clients.ts'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')
const directory = mkdtempSync(join(tmpdir(), 'standalone-'))
const at = (name: string) => join(directory, name)
const port = 16_443
const server = `https://127.0.0.1:${port}`
const processes: ChildProcess[] = []

function start(...argv: string[]): ChildProcess {
  const log = openSync(at(`${argv[0]}.log`), 'a')
  const child = spawn(process.execPath, [entry, ...argv], { stdio: ['ignore', log, log] })
  processes.push(child)
  return child
}

const kubectl = (...argv: string[]) => succeed([kubectlPath(), ...argv], { env: { KUBECONFIG: at('admin.conf'), HOME: directory } })
const apply = (object: object) =>
  succeed([kubectlPath(), 'apply', '-f', '-'], { env: { KUBECONFIG: at('admin.conf'), HOME: directory }, input: JSON.stringify(object) })

let ca: CertificateAuthority
let proxyCa: CertificateAuthority

function write(name: string, { certificate, key }: KeyPair): void {
  writeFileSync(at(`${name}.crt`), certificate)
  writeFileSync(at(`${name}.key`), key, { mode: 0o600 })
}

beforeAll(async () => {
  ;[ca, proxyCa] = await Promise.all([CertificateAuthority.create('ca', systemClock), CertificateAuthority.create('proxy-ca', systemClock)])
  write('ca', ca.pair)
  write('proxy-ca', proxyCa.pair)
  write('serving', await ca.issue({ commonName: 'kube-apiserver', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 }))
  write('proxy', await proxyCa.issue({ commonName: 'aggregator', usages: ['client'], validityDays: 1 }))
  const admin = await ca.issue({ commonName: 'admin', organizations: ['system:masters'], usages: ['client'], validityDays: 1 })
  write('admin', admin)
  writeFileSync(at('admin.conf'), clientKubeconfig({ server, ca: ca.pair.certificate, pair: admin }))
  const manager = await ca.issue({ commonName: 'system:kube-controller-manager', usages: ['client'], validityDays: 1 })
  writeFileSync(at('manager.conf'), clientKubeconfig({ server, ca: ca.pair.certificate, pair: manager }))
  const files = ['--tls-cert-file', at('serving.crt'), '--tls-private-key-file', at('serving.key'), '--client-ca-file', at('ca.crt')]
  const proxy = ['--requestheader-client-ca-file', at('proxy-ca.crt'), '--requestheader-allowed-names', 'aggregator']
  const headers = ['--requestheader-username-headers', 'X-Remote-User', '--requestheader-group-headers', 'X-Remote-Group']
  const listen = ['--bind-address', '127.0.0.1', '--secure-port', String(port), '--storage-driver', 'memory', '--data-dir', at('data')]
  start('kube-apiserver', ...listen, ...files, ...proxy, ...headers, '--enable-bootstrap-token-auth')
  await eventually(() => kubectl('get', '--raw', '/readyz'))
  const signing = ['--cluster-signing-cert-file', at('ca.crt'), '--cluster-signing-key-file', at('ca.key'), '--cluster-signing-duration', '2h0m0s']
  const controllers = ['--controllers', '*,bootstrapsigner,tokencleaner', '--use-service-account-credentials']
  start('kube-controller-manager', '--kubeconfig', at('manager.conf'), '--leader-elect=false', '--secure-port', '0', ...signing, ...controllers)
}, 60_000)

afterAll(async () => {
  for (const child of processes) {
    const ended = new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)))
    child.kill('SIGKILL')
    await ended
  }
  rmSync(directory, { recursive: true })
})

test('--cluster-signing-*: the authority of the files signs, for the duration at most', async () => {
  await succeed(['openssl', 'req', '-new', '-nodes', '-newkey', 'rsa:2048', '-keyout', at('alice.key'), '-out', at('alice.csr'), '-subj', '/CN=alice'])
  const request = readFileSync(at('alice.csr')).toString('base64')
  const spec = { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] }
  await apply({ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'alice' }, spec })
  await kubectl('certificate', 'approve', 'alice')
  const issued = await eventually(async () => {
    const text = await kubectl('get', 'csr', 'alice', '-o', 'jsonpath={.status.certificate}')
    expect(text).not.toBe('')
    return Buffer.from(text, 'base64').toString()
  })
  writeFileSync(at('alice.crt'), issued)
  expect(await succeed(['openssl', 'verify', '-CAfile', at('ca.crt'), at('alice.crt')])).toContain('OK')
  // Two hours are short: backdating is no part of them.
  expect(await succeed(['openssl', 'x509', '-in', at('alice.crt'), '-noout', '-checkend', String(2 * 3600 - 60)])).toContain('will not expire')
  expect((await run(['openssl', 'x509', '-in', at('alice.crt'), '-noout', '-checkend', String(2 * 3600)])).code).toBe(1)
})

const whoAmI = (pair: string, ...headers: string[]) =>
  run([
    'curl',
    '-s',
    '--cacert',
    at('ca.crt'),
    '--cert',
    at(`${pair}.crt`),
    '--key',
    at(`${pair}.key`),
    ...headers.flatMap((h) => ['-H', h]),
    '-H',
    'content-type: application/json',
    '-d',
    '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}',
    `${server}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
  ]).then(({ stdout }) => {
    const { status, message } = JSON.parse(stdout) as { status: { userInfo?: { username: string; groups: string[] } }; message?: string }
    return message ?? `${status.userInfo?.username} ${status.userInfo?.groups.join(',')}`
  })

test('--use-service-account-credentials: controllers act as their own accounts', async () => {
  await kubectl('create', 'deployment', 'web', '--image=web')
  const managers = () => kubectl('get', 'pods', '-o', 'jsonpath={.items[*].metadata.ownerReferences[0].kind}')
  await eventually(async () => expect(await managers()).toBe('ReplicaSet'))
  const accounts = await kubectl('get', 'serviceaccounts', '-n', 'kube-system', '-o', 'name')
  for (const name of ['deployment-controller', 'replicaset-controller', 'certificate-controller']) expect(accounts).toContain(`serviceaccount/${name}\n`)
})

test('--requestheader-*: the proxy of that authority and name speaks for others', async () => {
  expect(await whoAmI('proxy', 'X-Remote-User: bob', 'X-Remote-Group: dev')).toBe('bob dev,system:authenticated')
  expect(await whoAmI('admin', 'X-Remote-User: bob', 'X-Remote-Group: dev')).toBe('admin system:masters,system:authenticated')
  expect(await whoAmI('proxy')).toBe('Unauthorized')
})

test('--tls-cert-file: a replaced certificate is served without a restart', async () => {
  const served = () => succeed(['sh', '-c', `openssl s_client -connect 127.0.0.1:${port} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint`])
  const before = await served()
  write('serving', await ca.issue({ commonName: 'kube-apiserver', hosts: ['127.0.0.1'], usages: ['server'], validityDays: 1 }))
  await eventually(async () => expect(await served()).not.toBe(before))
  await kubectl('get', '--raw', '/readyz')
})

test('--bootstrap-kubeconfig: a kubelet gets its identity, and keeps it in --cert-dir', async () => {
  const group = 'system:bootstrappers:nodes'
  for (const [name, role] of [
    ['bootstrap', 'system:node-bootstrapper'],
    ['approve', 'system:certificates.k8s.io:certificatesigningrequests:nodeclient'],
  ] as const)
    await kubectl('create', 'clusterrolebinding', name, `--clusterrole=${role}`, `--group=${group}`)
  const fields = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', 'auth-extra-groups': group }
  await apply({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'bootstrap.kubernetes.io/token',
    metadata: { namespace: 'kube-system', name: 'bootstrap-token-abcdef' },
    stringData: fields,
  })
  const bootstrap = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'k', cluster: { server, 'certificate-authority': at('ca.crt') } }],
    users: [{ name: 'u', user: { token: 'abcdef.0123456789abcdef' } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  }
  writeFileSync(at('bootstrap.conf'), JSON.stringify(bootstrap))
  const identity = [
    '--bootstrap-kubeconfig',
    at('bootstrap.conf'),
    '--kubeconfig',
    at('etc/kubelet.conf'),
    '--cert-dir',
    at('kubelet-pki'),
    '--rotate-certificates',
  ]
  start(
    'kubelet',
    '--hostname-override',
    'n1',
    '--node-ip',
    '127.0.0.1',
    '--root-dir',
    at('kubelet'),
    '--container-runtime-endpoint',
    `unix://${at('none.sock')}`,
    ...identity,
  )
  const asNode = (...argv: string[]) => succeed([kubectlPath(), '--kubeconfig', at('etc/kubelet.conf'), ...argv], { env: { HOME: directory } })
  await eventually(async () => expect(await asNode('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('system:node:n1'))
  expect(readdirSync(at('kubelet-pki')).toSorted()).toEqual([
    expect.stringMatching(/^kubelet-client-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d\.pem$/),
    'kubelet-client-current.pem',
  ])
  expect([at('etc/kubelet.conf'), at('kubelet-pki/kubelet-client-current.pem')].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600])
  expect([at('etc'), at('kubelet-pki')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700])
})

test('cox server: nobody but its owner reads anything that it keeps; one certificate is an administrator’s', async () => {
  start('server', '--data-dir', at('all-in-one'), '--secure-port', '16444', '--write-kubeconfig', at('all-in-one.conf'))
  const asAdmin = (...argv: string[]) => succeed([kubectlPath(), '--kubeconfig', at('all-in-one.conf'), ...argv], { env: { HOME: directory } })
  await eventually(() => asAdmin('get', '--raw', '/readyz'))
  const entries = readdirSync(at('all-in-one'), { recursive: true, withFileTypes: true })
  const wrong = entries.flatMap((each) => {
    const path = join(each.parentPath, each.name)
    const mode = statSync(path).mode & 0o777
    return mode === (each.isDirectory() ? 0o700 : 0o600) ? [] : [`${mode.toString(8)} ${path}`]
  })
  expect(wrong).toEqual([])
  expect(entries.length).toBeGreaterThan(15)
  expect([statSync(at('all-in-one')).mode & 0o777, statSync(at('all-in-one.conf')).mode & 0o777]).toEqual([0o700, 0o600])
  const certificates = entries.filter(({ name }) => name.endsWith('.crt')).map((each) => join(each.parentPath, each.name))
  const subjects = await Promise.all(certificates.map((file) => succeed(['openssl', 'x509', '-in', file, '-noout', '-subject'])))
  expect(subjects.filter((subject) => subject.includes('system:masters'))).toEqual([expect.stringContaining('CN = kubernetes-admin')])
  // A renewed certificate of the administrator's goes into the kubeconfig by itself.
  const before = readFileSync(at('all-in-one.conf'), 'utf8')
  expect(await renewCertificates(at('all-in-one/pki'), ({ name }) => name === 'admin', systemClock)).toEqual(['admin'])
  await eventually(() => expect(readFileSync(at('all-in-one.conf'), 'utf8')).not.toBe(before))
  await asAdmin('get', '--raw', '/readyz')
})
