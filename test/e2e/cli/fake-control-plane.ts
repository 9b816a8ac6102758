// Answers what the CLI asks while it brings a cluster up, and says that every node it is told of is ready.
import { readFileSync } from 'node:fs'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const names = ['data-dir', 'bind-address', 'secure-port', 'service-cidr', 'cluster-cidr', 'write-kubeconfig', 'node-bridge']
const { values } = parseArgs({ args: process.argv.slice(3), options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])) })
const flag = (name: string) => values[name]!
const pki = join(flag('data-dir'), 'pki')
const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, resourceVersion: '1' },
  status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date().toISOString() }] },
})

const server = createSecureServer({ key: readFileSync(join(pki, 'apiserver.key')), cert: readFileSync(join(pki, 'apiserver.crt')) })
server.on('stream', (stream: ServerHttp2Stream, headers) => {
  const url = new URL(headers[':path']!, 'https://server')
  const answer = (status: number, body: unknown) => {
    stream.respond({ ':status': status, 'content-type': 'application/json' })
    stream.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  if (url.pathname === '/readyz') return answer(200, 'ok')
  if (url.pathname === '/api/v1/nodes') {
    const selected = url.searchParams.get('fieldSelector')?.split('=')[1]
    const items = (selected ? [selected] : ['node-1', 'node-2', 'node-3']).map(node)
    if (url.searchParams.get('watch')) {
      const end = { apiVersion: 'v1', kind: 'Node', metadata: { resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } } }
      const events = [...items.map((object) => ({ type: 'ADDED', object })), { type: 'BOOKMARK', object: end }]
      stream.respond({ ':status': 200, 'content-type': 'application/json' })
      return void stream.write(events.map((event) => `${JSON.stringify(event)}\n`).join(''))
    }
    return answer(200, { apiVersion: 'v1', kind: 'NodeList', metadata: { resourceVersion: '1' }, items })
  }
  if (url.pathname === '/api/v1/namespaces/default/serviceaccounts/default')
    return answer(200, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } })
  if (headers[':method'] === 'DELETE') return answer(200, { apiVersion: 'v1', kind: 'Status', status: 'Success' })
  return answer(404, { apiVersion: 'v1', kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 })
})
server.listen(Number(flag('secure-port')), flag('bind-address'))
process.once('SIGTERM', () => process.exit(0))
