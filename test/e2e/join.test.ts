// A machine that knows a token and the hash of an authority's key becomes a node: `cox token create`, `cox agent --join`.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { succeed } from '../support/command.ts'
import { TestContainerd } from '../support/containerd.ts'
import { eventually } from '../support/eventually.ts'
import { CoxServer, stop } from '../integration/cis/cox-server.ts'

const entry = join(import.meta.dirname, '../../src/cmd/main.ts')
let server: CoxServer
let containerd: TestContainerd
const children: ChildProcess[] = []
beforeAll(async () => {
  server = await CoxServer.start(mkdtempSync(join(tmpdir(), 'join-')), '--anonymous-auth=discovery')
  containerd = await TestContainerd.start('10.244.7.0/24')
}, 60_000)
afterAll(async () => {
  for (const child of children) await stop(child)
  await containerd?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

const cox = (...argv: string[]) => succeed([process.execPath, entry, ...argv], { env: { HOME: server.directory } })
const get = async (path: string) => JSON.parse((await server.call('GET', path)).text) as Record<string, unknown>

function agent(name: string, flags: readonly string[]): { child: ChildProcess; root: string; log: string } {
  const root = join(server.directory, name)
  mkdirSync(root)
  const log = join(server.directory, `${name}.log`)
  const own = ['--node-name', name, '--node-ip', '127.0.0.1', '--root-dir', root, '--pod-logs-dir', join(root, 'logs'), '--cni-conf-dir', join(root, 'cni')]
  const file = openSync(log, 'a')
  const runtime = ['--containerd-socket', containerd.socket, '--cluster-cidr', '10.244.0.0/16', '--healthz-port', '0']
  const child = spawn(process.execPath, [entry, 'agent', ...own, ...runtime, ...flags], { stdio: ['ignore', file, file] })
  children.push(child)
  return { child, root, log }
}

test('a node joins, with certificates of its own, and needs the token no longer', async () => {
  const command = await cox('token', 'create', '--kubeconfig', server.kubeconfig, '--ttl', '1h', '--print-join-command')
  expect(command).toMatch(/^cox agent --join 127\.0\.0\.1:\d+ --token [a-z0-9]{6}\.[a-z0-9]{16} --discovery-token-ca-cert-hash sha256:[0-9a-f]{64}$/)
  const { root } = agent('newcomer', command.split(' ').slice(2))
  await eventually(async () => {
    const { status } = (await get('/api/v1/nodes/newcomer')) as { status: { conditions: readonly { type: string; status: string }[] } }
    expect(status.conditions.find(({ type }) => type === 'Ready')?.status).toBe('True')
  })
  expect(existsSync(join(root, 'bootstrap-kubelet.conf'))).toBe(false)
  expect(readFileSync(join(root, 'kubelet.conf'), 'utf8')).not.toContain('token')
  // Who asked for what: the first certificate by the token, the serving one by the node itself.
  await eventually(async () => {
    const { items } = (await get('/apis/certificates.k8s.io/v1/certificatesigningrequests')) as {
      items: readonly { spec: { signerName: string; username: string }; status: { certificate?: string } }[]
    }
    expect(items.map(({ spec, status }) => [spec.signerName, spec.username.replace(/:[a-z0-9]{6}$/, ''), status.certificate !== undefined]).toSorted()).toEqual(
      [
        ['kubernetes.io/kube-apiserver-client-kubelet', 'system:bootstrap', true],
        ['kubernetes.io/kubelet-serving', 'system:node:newcomer', true],
      ],
    )
  })
  // Its proxy and its routes work with the node's own identity.
  await eventually(async () => expect(await succeed(['nft', 'list', 'table', 'ip', 'kube-proxy'])).toContain('10.96.0.1'))
}, 60_000)

test('another authority than the pinned one is no cluster to join', async () => {
  const token = await cox('token', 'create', '--kubeconfig', server.kubeconfig)
  const pin = `sha256:${'0'.repeat(64)}`
  const { child, log } = agent('misled', ['--join', `127.0.0.1:${server.port}`, '--token', token, '--discovery-token-ca-cert-hash', pin])
  await eventually(() => expect(child.exitCode).not.toBe(null))
  expect(child.exitCode).not.toBe(0)
  expect(readFileSync(log, 'utf8')).toContain('cluster CA found in cluster-info ConfigMap is invalid')
}, 60_000)
