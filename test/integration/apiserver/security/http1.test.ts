// HTTP/1.1 messages whose end two servers might see in two places, and requests that only cost.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configMaps } from '../../../../src/api/resources.ts'
import { adminToken, asAdmin, bodyOf, connectHolding, connectRaw, exchange, type SecurityServer, startSecurityServer, statusOf } from './server.ts'

let server: SecurityServer
beforeAll(async () => {
  server = await startSecurityServer()
})
afterAll(() => server.stop())

const head = (lines: string) => `POST /apis HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${adminToken}\r\n${lines}\r\n`
/** A second request hidden in what one of two readers takes for a body. */
const hidden = `GET /version?smuggled HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${adminToken}\r\n\r\n`

/** None of these may be read in two ways: RFC 9112 lets a server refuse them all. */
for (const [name, message] of [
  ['Content-Length and Transfer-Encoding', `${head('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n${hidden}`],
  ['Transfer-Encoding and Content-Length', `${head('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n')}0\r\n\r\n${hidden}`],
  ['two lengths', `${head('Content-Length: 0\r\nContent-Length: 60\r\n')}${hidden}`],
  ['a list of lengths', `${head('Content-Length: 0, 60\r\n')}${hidden}`],
  ['a length with a sign', `${head('Content-Length: +0\r\n')}${hidden}`],
  ['a negative length', `${head('Content-Length: -1\r\n')}${hidden}`],
  ['a hexadecimal length', `${head('Content-Length: 0x0\r\n')}${hidden}`],
  ['an empty length', `${head('Content-Length: \r\n')}${hidden}`],
  ['a length beyond all numbers', `${head('Content-Length: 99999999999999999999999\r\n')}${hidden}`],
  ['chunked, but not last', `${head('Transfer-Encoding: chunked, identity\r\n')}0\r\n\r\n${hidden}`],
  ['nearly chunked', `${head('Transfer-Encoding: xchunked\r\n')}0\r\n\r\n${hidden}`],
  ['chunked twice', `${head('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')}0\r\n\r\n${hidden}`],
  ['a space before the colon', `${head('Transfer-Encoding : chunked\r\n')}0\r\n\r\n${hidden}`],
  ['a folded header (obs-fold)', `${head('Transfer-Encoding:\r\n chunked\r\n')}0\r\n\r\n${hidden}`],
  ['a vertical tab in the coding', `${head('Transfer-Encoding: \x0bchunked\r\n')}0\r\n\r\n${hidden}`],
  ['NUL in a header', `${head('X-Zero: a\0b\r\nContent-Length: 0\r\n')}${hidden}`],
  ['a header without a colon', `${head('Transfer-Encoding chunked\r\n')}0\r\n\r\n${hidden}`],
  ['a header without a name', `${head(': x\r\n')}${hidden}`],
  ['a bare CR as the end of a line', `${head('X-A: b\rTransfer-Encoding: chunked\r\n')}0\r\n\r\n${hidden}`],
  ['a chunk size with a sign', `${head('Transfer-Encoding: chunked\r\n')}+0\r\n\r\n${hidden}`],
  ['a chunk size with a prefix', `${head('Transfer-Encoding: chunked\r\n')}0x0\r\n\r\n${hidden}`],
  ['a chunk size beyond all numbers', `${head('Transfer-Encoding: chunked\r\n')}fffffffffffffffff1\r\n${hidden}`],
  ['a chunk longer than it says', `${head('Transfer-Encoding: chunked\r\n')}1\r\nabc\r\n0\r\n\r\n${hidden}`],
  ['a bare LF after a chunk size', `${head('Transfer-Encoding: chunked\r\n')}1;a\nb\r\n0\r\n\r\n${hidden}`],
  ['no Host', 'GET /version HTTP/1.1\r\n\r\n'],
  ['HTTP/1.2', 'GET /version HTTP/9.9\r\nHost: x\r\n\r\n'],
  ['an unknown method', 'GET\x01 /version HTTP/1.1\r\nHost: x\r\n\r\n'],
] as const) {
  test(`CVE-2022-32213 and its kin: ${name}: one refusal, and the connection ends`, async () => {
    const answer = await exchange(server.port, message)
    expect([400, 501]).toContain(statusOf(answer))
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1)
    expect(answer).not.toContain('gitVersion')
  })
}

for (const [target, code] of [
  ['https://server.example/api/v1/namespaces/default?pretty=1', 200],
  ['http://[::1]:1/api/v1/namespaces/none', 404],
  ['HTTPS://server.example', 200],
  ['https://server.example?x=/api/v1/namespaces/none', 200],
  ['ftp://server.example/api', 404],
  ['api/v1/namespaces/default', 400],
] as const) {
  test(`a request line that names the server: ${target}`, async () => {
    expect(statusOf(await exchange(server.port, asAdmin('GET', target)))).toBe(code)
  })
}

/** `GET` by nobody, with a body in chunks whose trailers say who he would like to be. */
const trailing = (trailers: string) =>
  `GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n${trailers}\r\n\r\n`

for (const [name, message] of [
  ['in trailers', trailing(`Authorization: Bearer ${adminToken}`)],
  ['of a proxy, in trailers', trailing('X-Remote-User: admin\r\nX-Remote-Group: system:masters')],
  ['of a proxy', `GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Remote-User: admin\r\nX-Remote-Group: system:masters\r\n\r\n`],
  ['of a proxy, named as a hop’s', `GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nConnection: close, X-Remote-User\r\nX-Remote-User: admin\r\n\r\n`],
  [
    'of a proxy, with underscores',
    `GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX_Remote_User: admin\r\nX_Remote_Group: system:masters\r\n\r\n`,
  ],
  [
    'of a proxy, before a request without',
    `GET /livez HTTP/1.1\r\nHost: x\r\nX-Remote-User: admin\r\n\r\nGET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  ],
  [
    'of the request before',
    `${asAdmin('GET', '/livez').replace('Connection: close', 'X-A: b')}GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  ],
] as const) {
  test(`identities that nobody has shown: ${name}`, async () => {
    const answer = await exchange(server.port, message)
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)!.at(-1)).toBe('HTTP/1.1 403')
    expect(answer).toContain('User \\"system:anonymous\\" cannot list resource')
  })
}

test('of two Authorization headers neither makes an administrator of somebody else’s request', async () => {
  const answer = await exchange(
    server.port,
    `GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer nobody\r\nAuthorization: Bearer ${adminToken}\r\n\r\n`,
  )
  expect([400, 401, 403]).toContain(statusOf(answer))
})

test('the second request of a connection that is in order is answered', async () => {
  const answer = await exchange(server.port, `${head('Content-Length: 0\r\n')}${hidden}${asAdmin('GET', '/healthz')}`)
  expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 405', 'HTTP/1.1 200', 'HTTP/1.1 200'])
  expect(answer).toContain('gitVersion')
})

test('a request whose body comes while the answer before is still being taken is answered, too', async () => {
  const namespace = 'default'
  const text = 'x'.repeat(1_000_000)
  for (let i = 0; i < 16; i++) {
    await server.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: `large-${i}` }, data: { text } })
  }
  const path = `/api/v1/namespaces/${namespace}/configmaps`
  const { socket, hold, release } = await connectHolding(server.port)
  socket.pause()
  // More than the buffers between the two hold: what is not read is not sent.
  socket.write(asAdmin('GET', path).replace('Connection: close', 'X-A: b'))
  await expect.poll(() => socket.bytesRead).toBeGreaterThan(16_384)
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'second' } })
  hold()
  socket.write(asAdmin('POST', path, `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`))
  socket.write(body)
  await expect.poll(release).toBeGreaterThan(1)
  expect(String(Buffer.concat(await socket.toArray())).match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 201'])
})

/** Writes until the server ends the connection. @returns bytes taken; undefined when all of them were */
async function takenOf(start: string, chunk: Buffer, bytesMax: number): Promise<number | undefined> {
  const socket = connectRaw(server.port).resume()
  let over = false
  for (const event of ['close', 'end'] as const) socket.once(event, () => (over = true))
  socket.write(start)
  for (let sent = 0; sent < bytesMax; sent += chunk.length) {
    if (over) return sent
    if (!socket.write(chunk)) await new Promise<void>((resolve) => (socket.once('drain', resolve), socket.once('close', () => resolve())))
    else await new Promise((resolve) => setImmediate(resolve))
  }
  socket.destroy()
  return undefined
}

const mebibyte = 1024 * 1024

test('CVE-2024-22019: chunk extensions without end end the connection', async () => {
  const start = `${head('Transfer-Encoding: chunked\r\n')}1;`
  expect(await takenOf(start, Buffer.alloc(16 * 1024, 'A'), 64 * mebibyte)).toBeLessThan(8 * mebibyte)
})

test('headers without end are refused', async () => {
  const start = 'GET /version HTTP/1.1\r\nHost: x\r\n'
  expect(await takenOf(start, Buffer.from(`X-A: ${'v'.repeat(1000)}\r\n`.repeat(16)), 64 * mebibyte)).toBeLessThan(8 * mebibyte)
})

test('CVE-2020-8552: paths, hosts and methods that strangers invent are no labels of metrics, and leave nothing behind', async () => {
  const series = async () => {
    const lines = bodyOf(await exchange(server.port, asAdmin('GET', '/metrics'))).split('\n')
    return new Set(lines.filter((line) => line && !line.startsWith('#')).map((line) => line.slice(0, line.lastIndexOf(' '))))
  }
  const flood = async (from: number, to: number) => {
    // As many as may wait on one connection.
    const batch = 100
    for (let at = from; at < to; at += batch) {
      const requests = Array.from({ length: batch }, (_each, i) => {
        const n = at + i
        const path = [
          `/unique-${n}`,
          `/apis/group-${n}.example.com/v${n}/things-${n}`,
          `/api/v1/namespaces/ns-${n}/pods/p-${n}/sub-${n}`,
          `/api/v1/thing-${n}?x=${n}`,
        ][n % 4]!
        return `GET ${path} HTTP/1.1\r\nHost: host-${n}\r\nUser-Agent: agent-${n}\r\n${i === batch - 1 ? 'Connection: close\r\n' : ''}\r\n`
      })
      const answers = await exchange(server.port, requests.join(''))
      expect(answers.match(/HTTP\/1\.1 403/g)).toHaveLength(batch)
    }
  }
  await flood(0, 1000)
  const before = await series()
  await flood(1000, 5000)
  const invented = [...(await series())].filter((each) => !before.has(each))
  // Those of the requests for /metrics themselves may be new.
  expect(invented.filter((each) => /unique|group-|things-|sub-|ns-\d|host-|agent-|thing-/.test(each))).toEqual([])
  expect(invented.length).toBeLessThan(50)
  expect([...before].some((each) => /unique|group-\d|host-\d|sub-\d/.test(each))).toBe(false)
})
