// How long does the worst request that a client can send hold the API server?
//
//   node scripts/build.ts && scripts/sandbox node bench/hostile-bodies.ts [--recorded] [case]
//
// Each case of bench/support/hostile-{corpus,requests,policies}.ts is sent to the bundle's API server. Printed: the answer, for how much
// processor time the main thread was held at most (which is what is judged: other work on the machine adds nothing to it), how long the
// event loop was held by the clock, the extra memory, and as a yardstick the time of JSON.parse of the same bytes. About three minutes.
// --recorded: the audit log records every request and answer with its bodies.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MeasuredServer, startApiServer } from './support/children.ts'
import { printEnvironment } from './support/environment.ts'
import { bodies, type HostileCase } from './support/hostile-corpus.ts'
import { hostilePolicies } from './support/hostile-policies.ts'
import { requests, roleWriterToken } from './support/hostile-requests.ts'
import { Http1Client } from './support/http1-client.ts'

const heldMsMax = 100
const memoryMibMax = 50
const port = 16_444

function parseMs(body: Buffer): number {
  const start = performance.now()
  try {
    JSON.parse(body.toString())
  } catch {
    // Not JSON: the time until that is known.
  }
  return performance.now() - start
}

/** Makes what the case needs, on a connection of its own. */
async function prepare({ live, before = [], name }: HostileCase): Promise<void> {
  const client = await Http1Client.connect(port)
  if (live) await client.send('POST', live.path, JSON.stringify(live.object))
  for (const { method, path, contentType, body } of before) {
    const answer = await client.sendBytes(method, path, contentType, body())
    if (answer.status >= 300) throw new Error(`${name}: ${method} ${path}: ${answer.status} ${answer.body.toString().slice(0, 300)}`)
  }
  client.close()
}

async function undo({ live, before = [], path }: HostileCase, status: number): Promise<void> {
  const now = '?gracePeriodSeconds=0'
  if (live) await remove(`${live.path}/patched${now}`)
  else if (status === 201) await remove(`${path.split('?')[0]!}/hostile${now}`)
  for (const { undo: path } of before) if (path) await remove(path)
}

async function remove(path: string): Promise<void> {
  const client = await Http1Client.connect(port)
  await client.sendBytes('PATCH', path.split('?')[0]!, 'application/merge-patch+json', Buffer.from('{"metadata":{"finalizers":null}}'))
  client.close()
  const other = await Http1Client.connect(port)
  await other.send('DELETE', path)
  other.close()
}

async function measure(server: MeasuredServer, each: HostileCase): Promise<boolean> {
  await prepare(each)
  // A connection of its own: some refusals close it.
  const client = await Http1Client.connect(port)
  const bytes = each.body()
  const { rss } = await server.read()
  const start = performance.now()
  const answer = await client.sendBytes(each.method, each.path, each.contentType, bytes, each.headers, each.token)
  const tookMs = performance.now() - start
  const { stallMs, stallCpuMs, rssMax } = await server.read()
  const extraMib = (rssMax - rss) / 2 ** 20
  client.close()
  await undo(each, answer.status)
  const met = stallCpuMs <= heldMsMax
  const numbers = [stallCpuMs, stallMs, tookMs, parseMs(bytes), extraMib, answer.body.length / 1024].map((value) => value.toFixed(0))
  const columns = numbers.map((text) => text.padStart(7)).join('')
  console.log(`${each.name.padEnd(46)}${columns}  ${answer.status}${met ? '' : '  HELD'}${extraMib <= memoryMibMax ? '' : '  MEMORY'}`)
  return met
}

/** Everything with its bodies. */
function recording(directory: string): readonly string[] {
  const policy = join(directory, 'audit-policy.yaml')
  writeFileSync(policy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: RequestResponse\n')
  return ['--audit-policy-file', policy, '--audit-log-path', join(directory, 'audit.log')]
}

/** The namespace, and somebody with few rights who may write roles. */
async function populate(): Promise<void> {
  const client = await Http1Client.connect(port)
  const rbac = 'rbac.authorization.k8s.io'
  await client.send('POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }))
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
  await client.send('POST', '/api/v1/namespaces/default/serviceaccounts', JSON.stringify(account))
  await client.json('POST', `/apis/${rbac}/v1/clusterroles`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'role-writer' },
    rules: ['roles', 'rolebindings', 'pods', 'services', 'secrets', ...Array.from({ length: 50 }, (_each, i) => `r${i}`)].map((resource) => ({
      apiGroups: [rbac, ''],
      resources: [resource],
      verbs: ['create', 'get', 'list', 'update', 'patch', 'delete'],
    })),
  })
  await client.json('POST', `/apis/${rbac}/v1/clusterrolebindings`, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'role-writer' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'role-writer' },
    subjects: [{ kind: 'User', apiGroup: rbac, name: 'role-writer' }],
  })
  client.close()
}

async function main(): Promise<void> {
  printEnvironment('How long does the worst request that a client can send hold the API server?')
  const recorded = process.argv.includes('--recorded')
  const only = process.argv.slice(2).find((argument) => !argument.startsWith('--'))
  const directory = mkdtempSync(join(tmpdir(), 'bench-hostile-'))
  const server = await startApiServer(directory, port, {
    tokens: [`${roleWriterToken},role-writer,2`],
    flags: recorded ? recording(directory) : [],
  })
  try {
    await populate()
    const titles = ['held', 'stalled', 'took', 'parse', 'MiB', 'answer']
    console.log(`${''.padEnd(46)}${titles.map((text) => text.padStart(7)).join('')}  (ms of processor time, ms, ms, ms, MiB, KiB)`)
    let missed = 0
    for (const each of [...bodies, ...requests, ...hostilePolicies]) if ((!only || each.name.includes(only)) && !(await measure(server, each))) missed++
    console.log(`\n${missed} cases held the main thread for more than ${heldMsMax} ms of processor time`)
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true })
  }
}

await main()
