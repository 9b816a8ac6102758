// CIS Kubernetes Benchmark v1.12, section 4 and what of section 1 is on a node: one node as `cox up` makes it, probed from outside.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findProcesses } from '../../../src/machine/processes.ts'
import { listeningOf } from '../../integration/cis/listening.ts'
import { TestCluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

const image = 'busybox:cis'
let cluster: TestCluster
let node: { readonly name: string; readonly address: string }
/** The cluster's folder, and the node's in it. */
let files: { readonly cluster: string; readonly node: string }
let agentPid: number

beforeAll(async () => {
  cluster = await TestCluster.up('--nodes', '1')
  await cluster.loadBusybox(image)
  const [name = '', address = ''] = (
    await cluster.kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name} {.items[0].status.addresses[0].address}')
  ).split(' ')
  node = { name, address }
  const state = join(cluster.directory, 'state')
  const folder = join(
    state,
    readdirSync(state).find((entry) => findProcesses(join(state, entry)).length > 0)!,
  )
  files = { cluster: folder, node: join(folder, 'nodes', name) }
  // The process itself, not what brought it into its namespaces.
  agentPid = findProcesses(folder).find(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('cox agent'))!.pid
  const command = ['/bin/busybox', 'sh', '-c', 'busybox grep Seccomp: /proc/self/status; busybox sleep 1000']
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain' }, spec: { containers: [{ name: 'c', image, command }] } }))
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/plain', '--timeout=60s')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

test('1.1.9 to 1.1.16, 4.1.1 to 4.1.10: keys, kubeconfigs, CNI and runtime configuration are root’s alone', () => {
  const below = (directory: string) =>
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name))
  const secret = [
    ...below(join(files.node, 'kubelet/pki')),
    ...below(join(files.node, 'cni/net.d')),
    join(files.node, 'kubeconfig'),
    join(files.node, 'containerd.toml'),
    join(files.cluster, 'kubeconfig'),
    cluster.env['KUBECONFIG']!,
  ]
  expect(secret.length).toBeGreaterThan(4)
  for (const path of secret) {
    const { uid, gid, mode } = statSync(path)
    expect({ path, uid, gid, mode: (mode & 0o777).toString(8) }).toEqual({ path, uid: 0, gid: 0, mode: '600' })
  }
  expect(statSync(join(files.node, 'kubelet/pki')).mode & 0o777).toBe(0o700)
})

interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
}

function userOf(kubeconfig: string): Pair {
  const { users } = load(readFileSync(kubeconfig, 'utf8')) as { users: { user: Record<string, string> }[] }
  const data = (name: string) => Buffer.from(users[0]!.user[name]!, 'base64')
  return { cert: data('client-certificate-data'), key: data('client-key-data') }
}

function kubelet(path: string, user?: Pair): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  request({ host: node.address, port: 10_250, path, rejectUnauthorized: false, agent: false, ...user }, (response) => {
    response.resume()
    resolve(response.statusCode!)
  })
    .once('error', reject)
    .end()
  return promise
}

test('4.2.1 to 4.2.3: the kubelet knows its callers, and the API server says what they may', async () => {
  for (const path of ['/healthz', '/pods', '/metrics', '/exec/default/plain/c']) expect({ path, status: await kubelet(path) }).toEqual({ path, status: 401 })
  expect(await kubelet('/pods', userOf(join(files.node, 'kubeconfig')))).toBe(403)
  expect(await kubelet('/pods', userOf(cluster.env['KUBECONFIG']!))).toBe(200)
})

test('1.2.4, 1.2.5: the API server shows the kubelet its own certificate, and is let in', async () => {
  expect(await cluster.kubectl('logs', 'plain')).toContain('Seccomp:')
})

test('4.2.4, 4.3.1: no read-only port, no metrics of the proxy: the kubelet API, two health ports, and nothing else', () => {
  expect(listeningOf(agentPid)).toEqual([`${node.address}:10250`, `${node.address}:10256`, '127.0.0.1:10248'].toSorted())
})

test('4.2.7: the node is called what its certificate says', async () => {
  const socket = connect({ host: node.address, port: 10_250, servername: node.name, ca: readFileSync(join(files.cluster, 'server/pki/ca.crt')) })
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  // 4.2.9: signed by the cluster's authority, for this node.
  expect(socket.authorized).toBe(true)
  expect(socket.getPeerCertificate().subject.CN).toBe(`system:node:${node.name}`)
  socket.destroy()
})

test('4.2.13: processes of a pod are limited', async () => {
  const uid = await cluster.kubectl('get', 'pod', 'plain', '-o', 'jsonpath={.metadata.uid}')
  const cgroups = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n')
        const line = lines.find((each) => /^\d+:(pids)?:/.test(each) && each.includes(`pod${uid}`))
        return line ? [line] : []
      } catch {
        return [] // ended meanwhile
      }
    })
  const [, controller, path = ''] = /^\d+:(pids)?:(.*)$/.exec(cgroups[0] ?? '') ?? []
  const pod = path.slice(0, path.indexOf(`pod${uid}`) + `pod${uid}`.length)
  expect(readFileSync(join('/sys/fs/cgroup', controller ?? '', pod, 'pids.max'), 'utf8').trim()).toBe('4096')
})

test('CVE-2020-10749: neither this machine’s bridge, nor the node, nor a pod takes IPv6 routes from whoever advertises some', async () => {
  const acceptsOf = (names: readonly string[], read: (path: string) => string) =>
    Object.fromEntries(names.map((name) => [name, read(`/proc/sys/net/ipv6/conf/${name}/accept_ra`).trim()]))
  const inPod = (command: string) => cluster.kubectl('exec', 'plain', '--', '/bin/busybox', 'sh', '-c', command)
  expect((await inPod('busybox cat /proc/sys/net/ipv6/conf/eth0/accept_ra')).trim()).toBe('0')
  const inNode = (...command: string[]) => execFileSync('nsenter', ['-t', String(agentPid), '-n', ...command], { encoding: 'utf8' })
  const links = (inNode('ip', '-o', 'link').match(/^\d+: [^@:]+/gm) ?? []).map((line) => line.split(' ')[1]!)
  expect(links.length).toBeGreaterThan(2)
  expect(new Set(Object.values(acceptsOf(links, (path) => inNode('cat', path))))).toEqual(new Set(['0']))
  const bridges = execFileSync('ip', ['-o', 'link', 'show', 'type', 'bridge'], { encoding: 'utf8' })
  const [, bridge = ''] = /^\d+: ([^@:]+)/m.exec(bridges) ?? []
  expect(acceptsOf([bridge], (path) => readFileSync(path, 'utf8'))).toEqual({ [bridge]: '0' })
})

test('CVE-2020-8563 and kin: what the cluster and the commands have written holds no key, no token, no secret', async () => {
  const canary = 'CANARY-4f1c9a'
  await cluster.kubectl('create', 'secret', 'generic', 'canary', `--from-literal=password=${canary}`)
  const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'canary', key: 'password' } } }]
  const command = ['/bin/busybox', 'sleep', '1000']
  const spec = { containers: [{ name: 'c', image, command, env }], volumes: [{ name: 'v', secret: { secretName: 'canary' } }] }
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'secretive' }, spec }))
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/secretive', '--timeout=60s')
  const commands = [['status'], ['status', '--output', 'json'], ['list'], ['logs'], ['certs'], ['node', 'list'], ['image', 'list']]
  const said = await Promise.all(
    commands.map(async (argv) => ({ path: `cox ${argv.join(' ')}`, text: await cluster.tryCox(...argv).then((done) => done.stdout + done.stderr) })),
  )
  const logs = readdirSync(files.cluster, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    return entry.isFile() && /\.(log|json|jsonl)$/.test(entry.name) && !path.includes('/containerd/') ? [{ path, text: readFileSync(path, 'utf8') }] : []
  })
  expect(logs.map(({ path }) => path).filter((path) => /server|agent|audit/.test(path)).length).toBeGreaterThan(1)
  // A line of each private key, as it is in PEM and within kubeconfigs.
  const keys = [...keysIn(files.cluster), userOf(cluster.env['KUBECONFIG']!).key.toString()].flatMap((pem) => pem.split('\n')[1] ?? [])
  expect(keys.length).toBeGreaterThan(3)
  const secrets = [canary, Buffer.from(canary).toString('base64').slice(0, -4), ...keys, ...keys.map((key) => Buffer.from(key).toString('base64').slice(4, -4))]
  for (const { path, text } of [...said, ...logs]) {
    expect({ path, found: secrets.find((secret) => text.includes(secret)) }).toEqual({ path, found: undefined })
    // JSON Web Tokens.
    expect({ path, found: /eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+/.exec(text)?.[0] }).toEqual({ path, found: undefined })
  }
})

/** PEM of all private keys below a directory. */
function keysIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(key|pem)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').replace(/^[^]*?(?=-----BEGIN [A-Z ]*PRIVATE KEY)/, ''))
}

test('4.2.14: a pod that says nothing about seccomp runs under the runtime’s profile', async () => {
  // 2: a filter.
  await eventually(async () => expect(await cluster.kubectl('logs', 'plain')).toMatch(/^Seccomp:\s+2$/m))
})
