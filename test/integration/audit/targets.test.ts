// Where events go: files that fill up, disks that are full, receivers that are slow, down or refuse.
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { Event } from '../../../src/api/audit/v1.ts'
import type { AuditWebhookOptions } from '../../../src/apiserver/audit/options.ts'
import { eventsIn, policyOf, startAudited } from './server.ts'

const policy = policyOf('- {level: Metadata}', 'omitStages: [RequestReceived]')
const configMap = (name: string) => ({ body: { metadata: { name } } })

async function metric(server: { call: Awaited<ReturnType<typeof startAudited>>['call'] }, name: string): Promise<number> {
  const { body } = await server.call('GET /metrics')
  const line = body.split('\n').find((each) => each.startsWith(`${name} `))
  return line === undefined ? 0 : Number(line.split(' ')[1])
}

test('every request has its line, in files put aside when full', async () => {
  await using server = await startAudited({ policy, log: { maxSizeMegabytes: 0.02, compress: true } })
  const names = Array.from({ length: 300 }, (_, index) => `c-${index}`)
  // Side by side: many lines leave in one write.
  await Promise.all(names.map((name) => server.call('POST /api/v1/namespaces/default/configmaps', configMap(name))))
  const ofBackup = (name: string): Event[] => {
    const bytes = readFileSync(join(server.folder, name))
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes)
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Event)
  }
  await expect
    .poll(() =>
      server
        .files()
        .filter((name) => name !== 'audit.log')
        .every((name) => /^audit-[\dT.-]+\.log\.gz$/.test(name)),
    )
    .toBe(true)
  const files = server.files()
  expect(files.length).toBeGreaterThan(3)
  for (const name of files) expect(readFileSync(join(server.folder, name)).length).toBeLessThan(0.02 * 2 ** 20)
  const created = files.flatMap(ofBackup).filter(({ verb, objectRef }) => verb === 'create' && objectRef?.resource === 'configmaps')
  expect(created.map(({ objectRef }) => objectRef!.name).toSorted()).toEqual(names.toSorted())
})

test('no more old files than allowed', async () => {
  await using server = await startAudited({ policy, log: { maxSizeMegabytes: 0.005, maxBackups: 2 } })
  for (let i = 0; i < 60; i++) await server.call('GET /api/v1/namespaces/default/configmaps')
  await expect.poll(() => server.files().length).toBe(3)
})

test('the legacy format', async () => {
  await using server = await startAudited({ policy, log: { format: 'legacy' } })
  await server.call('GET /api/v1/namespaces/default/configmaps', { token: 'bob' })
  expect(readFileSync(join(server.folder, 'audit.log'), 'utf8')).toMatch(
    /^\S+Z AUDIT: id="[-0-9a-f]{36}" stage="ResponseComplete" ip="127.0.0.1" method="list" user="bob" groups="\\"dev\\",\\"system:authenticated\\"" as="<self>" asgroups="<lookup>" user-agent="" namespace="default" uri="\/api\/v1\/namespaces\/default\/configmaps" response="403"$/m,
  )
})

for (const { mode, status, rejected } of [
  { mode: 'blocking', status: 201, rejected: 0 },
  { mode: 'blocking-strict', status: 500, rejected: 1 },
] as const) {
  test(`a full disk in mode ${mode}`, async () => {
    const received = policyOf('- {level: Metadata, verbs: [create]}')
    await using server = await startAudited({ policy: received, log: { mode, path: '/dev/full' } })
    const { body, status: got } = await server.call('POST /api/v1/namespaces/default/configmaps', configMap('a'))
    expect(got).toBe(status)
    if (status === 500)
      expect(JSON.parse(body)).toMatchObject({ kind: 'Status', reason: 'InternalError', message: expect.stringContaining('failed to store audit event') })
    expect((await server.call('GET /api/v1/namespaces/default/configmaps/a')).status).toBe(status === 500 ? 404 : 200)
    expect(await metric(server, 'apiserver_audit_error_total{plugin="log"}')).toBeGreaterThan(0)
    expect(await metric(server, 'apiserver_audit_requests_rejected_total')).toBe(rejected)
  })
}

test('batch mode: a stop loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cox-audit-'))
  try {
    const path = join(folder, 'audit.log')
    const batch = { bufferMax: 100, batchMax: 100, waitMs: 3_600_000, concurrent: false }
    const server = await startAudited({ policy, log: { path, mode: 'batch', batch } })
    await server.call('POST /api/v1/namespaces/default/configmaps', configMap('a'))
    expect(eventsIn(path)).toEqual([])
    await server[Symbol.asyncDispose]()
    expect(eventsIn(path).map(({ objectRef }) => objectRef?.name)).toContain('a')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

interface Receiver {
  readonly url: string
  readonly lists: { readonly items: readonly Event[]; readonly path: string }[]
  /** How the next posts are answered; a promise: when it resolves. */
  answer: () => number | Promise<number>
}

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function receiver(port = 0): Promise<Receiver> {
  const lists: { items: readonly Event[]; path: string }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      void Promise.resolve(receiving.answer()).then((status) => {
        if (status < 300) lists.push({ items: (JSON.parse(text) as { items: Event[] }).items, path: request.url! })
        response.writeHead(status).end()
      })
    })
  })
  open.push(server)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const receiving: Receiver = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit`, lists, answer: () => 200 }
  return receiving
}

const webhookTo = (url: string, more: Partial<AuditWebhookOptions> = {}): AuditWebhookOptions => ({
  mode: 'batch',
  batch: { bufferMax: 50, batchMax: 10, waitMs: 20, concurrent: true },
  target: { server: url },
  initialBackoffMs: 20,
  ...more,
})

const namesAt = ({ lists }: Receiver) =>
  lists.flatMap(({ items }) => items.flatMap(({ verb, objectRef }) => (verb === 'create' && objectRef?.resource === 'configmaps' ? [objectRef.name] : [])))

async function create(server: Awaited<ReturnType<typeof startAudited>>, names: readonly string[]): Promise<void> {
  for (const name of names) expect((await server.call('POST /api/v1/namespaces/default/configmaps', configMap(name))).status).toBe(201)
}

test('a webhook gets lists of events', async () => {
  const at = await receiver()
  await using server = await startAudited({ policy, webhook: webhookTo(at.url) })
  await create(server, ['a', 'b', 'c'])
  await expect.poll(() => namesAt(at)).toEqual(['a', 'b', 'c'])
  expect(at.lists[0]!.path).toBe('/audit?timeout=30s')
  expect(at.lists[0]!.items[0]).toMatchObject({ level: 'Metadata', stage: 'ResponseComplete' })
})

test('a receiver that refuses, then is down, then is back: nothing is lost', async () => {
  const at = await receiver()
  at.answer = () => 503
  await using server = await startAudited({ policy, webhook: webhookTo(at.url, { initialBackoffMs: 200 }) })
  await create(server, ['a'])
  const port = Number(new URL(at.url).port)
  const down = open.pop()!
  down.closeAllConnections()
  down.close()
  await once(down, 'close')
  await create(server, ['b'])
  const back = await receiver(port)
  await expect.poll(() => namesAt(back).toSorted(), { timeout: 10_000 }).toEqual(['a', 'b'])
})

test('a slow receiver: requests go on, what does not fit is dropped and counted', async () => {
  const at = await receiver()
  const stuck = Promise.withResolvers<number>()
  at.answer = () => stuck.promise
  const batch = { bufferMax: 5, batchMax: 1, waitMs: 10, concurrent: false }
  await using server = await startAudited({ policy, webhook: webhookTo(at.url, { batch }) })
  await create(
    server,
    Array.from({ length: 20 }, (_, index) => `c-${index}`),
  )
  expect(await metric(server, 'apiserver_audit_error_total{plugin="buffered"}')).toBeGreaterThan(10)
  at.answer = () => 200
  stuck.resolve(200)
  await expect.poll(() => namesAt(at).length).toBeGreaterThan(3)
})

test('blocking: the answer waits for the receiver', async () => {
  const at = await receiver()
  const stuck = Promise.withResolvers<number>()
  let posts = 0
  at.answer = () => (posts++, stuck.promise)
  await using server = await startAudited({
    policy: policyOf('- {level: Metadata, verbs: [create]}', 'omitStages: [RequestReceived]'),
    webhook: webhookTo(at.url, { mode: 'blocking' }),
  })
  let answered = false
  const creating = create(server, ['a']).then(() => (answered = true))
  await expect.poll(() => posts).toBe(1)
  expect([answered, (await server.call('GET /api/v1/namespaces/default/configmaps/a')).status]).toEqual([false, 200])
  stuck.resolve(200)
  await creating
  expect(namesAt(at)).toEqual(['a'])
})

test('log and webhook side by side', async () => {
  const at = await receiver()
  await using server = await startAudited({ policy, log: {}, webhook: webhookTo(at.url) })
  await create(server, ['a'])
  expect(server.events().map(({ objectRef }) => objectRef?.name)).toContain('a')
  await expect.poll(() => namesAt(at)).toEqual(['a'])
})
