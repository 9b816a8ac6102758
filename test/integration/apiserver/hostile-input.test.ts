// What a client may send that no client should: every row has one proper answer, and the server goes on as before.
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codec } from '../../../src/api/codec.ts'
import { HttpsApiServer, nobodyToken } from '../../support/https-api-server.ts'
import type { Reply } from '../../support/https-call.ts'

let server: HttpsApiServer
const base = '/api/v1/namespaces/default'
const configMaps = `${base}/configmaps`

beforeAll(async () => {
  server = await HttpsApiServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

const map = (name: string, data: unknown = {}) => `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":${JSON.stringify(data)}}`

const hostileKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  '__lookupSetter__',
  'isPrototypeOf',
  'length',
  'then',
  '0',
]
/** What stands for the key in question. */
const placeholder = 'benign.key'

describe('keys that mean something to JavaScript are ordinary keys', () => {
  /** Everything that one key goes through; what depends on time and place is taken out. */
  async function life(key: string, name: string): Promise<readonly unknown[]> {
    const one = JSON.stringify({ [key]: 'v' }).replace('{"v"', `{"${key}":"v"`)
    const object = (members: string, labels = one) =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}","labels":${labels},"annotations":${one}},"data":${members}}`
    const label = /^[A-Za-z0-9]/.test(key) ? one : '{}'
    const entry = (value: string) => `{"${key}":${value}}`
    const path = `${configMaps}/${name}`
    const steps: (() => Promise<Reply>)[] = [
      () => server.call('POST', configMaps, { body: object(entry('"v"'), label).replace(`"annotations":${one}`, `"annotations":${label}`) }),
      () => server.call('GET', path),
      () => server.call('PATCH', path, { body: `{"data":${entry('"merge"')}}`, type: 'application/merge-patch+json' }),
      () => server.call('PATCH', path, { body: `{"data":${entry('"strategic"')}}`, type: 'application/strategic-merge-patch+json' }),
      () => server.call('PATCH', path, { body: `[{"op":"replace","path":"/data/${key}","value":"json"}]`, type: 'application/json-patch+json' }),
      () =>
        server.call('PATCH', path, {
          body: `[{"op":"test","path":"/data/${key}","value":"json"},{"op":"copy","from":"/data/${key}","path":"/data/copy"}]`,
          type: 'application/json-patch+json',
        }),
      () =>
        server.call('PATCH', `${path}?fieldManager=applier&force=true`, {
          body: object(entry('"applied"'), '{}').replace(`"annotations":${one}`, '"annotations":{}'),
          type: 'application/apply-patch+yaml',
        }),
      () =>
        server.call('PATCH', `${path}?fieldManager=other`, {
          body: object(entry('"conflict"'), '{}').replace(`"annotations":${one}`, '"annotations":{}'),
          type: 'application/apply-patch+yaml',
        }),
      () => server.call('PATCH', path, { body: `{"data":${entry('null')}}`, type: 'application/merge-patch+json' }),
      () => server.call('PUT', path, { body: object(entry('"put"'), '{}').replace(`"annotations":${one}`, '"annotations":{}') }),
      () => server.call('GET', path, { headers: { accept: 'application/yaml' } }),
      () => server.call('DELETE', path),
    ]
    const results: unknown[] = []
    for (const step of steps) {
      const { status, text } = await step()
      results.push([status, neutral(text, key, name)])
    }
    return results
  }

  const neutral = (text: string, key: string, name: string) =>
    text
      .replaceAll(name, '<name>')
      .replaceAll(new RegExp(`(?<![A-Za-z0-9_])${key}(?![A-Za-z0-9_])`, 'g'), placeholder)
      .replaceAll(/"?[0-9a-f]{8}-[0-9a-f-]{27}"?|"?\d{4}-\d\d-\d\dT[\d:]+Z"?|"?resourceVersion"?: ?"\d+"/g, '<varies>')

  /** Text order of keys differs from key to key: compared is which lines there are. */
  const unordered = (results: readonly unknown[]) =>
    results.map((result) =>
      JSON.stringify(result)
        .split(/[,\n{}]|\\n/)
        .sort()
        .join('\n'),
    )

  test.each(hostileKeys.filter((key) => key !== '0').map((key, index) => ({ key, name: `hostile-${index}` })))('$key', async ({ key, name }) => {
    const labelled = /^[A-Za-z0-9]/.test(key)
    expect(unordered(await life(key, name))).toEqual(
      unordered(await life(labelled ? 'benign.key' : '_benign', `${name}-benign`)).map((text) => text.replaceAll('_benign', placeholder)),
    )
  })

  test('selectors know them from each other', async () => {
    const keys = hostileKeys.filter((key) => /^[A-Za-z0-9]/.test(key))
    for (const [index, key] of keys.entries()) {
      await server.call('POST', configMaps, { body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"selected-${index}","labels":{"${key}":"v"}}}` })
    }
    for (const [index, key] of keys.entries()) {
      const { items } = (await server.call('GET', `${configMaps}?labelSelector=${key}`)).json() as unknown as { items: { metadata: { name: string } }[] }
      expect(items.map(({ metadata }) => metadata.name)).toEqual([`selected-${index}`])
    }
  })

  test('quotas and environments', async () => {
    const quota = await server.call('POST', `${base}/resourcequotas`, {
      body: '{"metadata":{"name":"q"},"spec":{"hard":{"count/constructor":"1","__proto__":"1"}}}',
    })
    expect([quota.status, quota.json()['message']]).toEqual([422, expect.stringContaining('spec.hard[__proto__]')])
    const { status } = await server.call('POST', `${base}/serviceaccounts`, { body: { metadata: { name: 'default' } } })
    expect(status).toBe(201)
    const env = hostileKeys.slice(0, 5).map((name) => ({ name, value: name }))
    const pod = await server.call('POST', `${base}/pods`, { body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i', env }] } } })
    expect([pod.status, (pod.json() as unknown as { spec: { containers: { env: unknown }[] } }).spec.containers[0]!.env]).toEqual([201, env])
  })

  test('nothing has reached the prototype of objects', () => {
    for (const key of hostileKeys)
      expect(Object.hasOwn(Object.prototype, key) && Object.getOwnPropertyDescriptor(Object.prototype, key)!.enumerable).toBe(false)
  })
})

describe('numbers that a field cannot hold', () => {
  const replicas = (value: string) => `{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"r"},"spec":{"replicas":${value}}}`
  test.each([
    ['1.0', 'number 1.0'],
    ['1e3', 'number 1e3'],
    ['1.50', 'number 1.50'],
    ['2147483648', 'number 2147483648'],
    ['9223372036854775808', 'number 9223372036854775808'],
    ['99999999999999999999999', 'number 99999999999999999999999'],
    ['"1"', 'string'],
    ['true', 'bool'],
  ])('%s', async (value, found) => {
    const { status, text } = await server.call('POST', '/apis/apps/v1/namespaces/default/replicasets', { body: replicas(value) })
    const message = `ReplicaSet in version "v1" cannot be handled as a ReplicaSet: json: cannot unmarshal ${found} into Go struct field ReplicaSetSpec.spec.replicas of type int32`
    expect([status, JSON.parse(text).message]).toEqual([400, message])
  })

  test('-0 is 0', async () => {
    const { text } = await server.call('POST', '/apis/apps/v1/namespaces/default/replicasets?dryRun=All', { body: replicas('-0') })
    expect(text).toContain('spec.selector: Required value')
    expect(text).not.toContain('replicas')
  })
})

describe('texts that are no Unicode', () => {
  test.each([
    ['a byte that begins nothing', Buffer.from([0xff]), '\ufffd'],
    ['a sequence that breaks off: each byte by itself, as Go', Buffer.from([0xe2, 0x82]), '\ufffd\ufffd'],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80]), '\ufffd\ufffd\ufffd'],
    ['half of an escaped pair', Buffer.from(String.raw`\ud800`), '\ufffd'],
  ])('%s', async (_, bytes, expected) => {
    const [before, after] = map('texts', { a: '#' }).split('#') as [string, string]
    const { status, json } = await server.call('POST', `${configMaps}?dryRun=All`, { body: Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]) })
    expect([status, json()['data']]).toEqual([201, { a: expected }])
  })
})

describe('bodies that are no object', () => {
  const goStruct = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`
  test.each([
    ['application/json', '[]', 'array'],
    ['application/json', '1.0', 'number'],
    ['application/json', '"a"', 'string'],
    ['application/yaml', '- a', 'array'],
    ['application/yaml', 'yes', 'bool'],
    ['application/yaml', '1.5', 'number'],
  ])('%s %s', async (type, body, found) => {
    const { status, text } = await server.call('POST', configMaps, { body, type })
    const message = `couldn't get version/kind; json parse error: json: cannot unmarshal ${found} into Go value of type ${goStruct}`
    expect([status, (JSON.parse(text) as { message: string }).message]).toEqual([400, expect.stringContaining(message)])
  })

  test.each([
    ['application/json', 'null'],
    ['application/yaml', ''],
    ['application/yaml', '---\n---\n'],
  ])('%s %j is an object without a name', async (type, body) => {
    const { status } = await server.call('POST', configMaps, { body: body || '#', type })
    expect(status).toBe(422)
  })
})

describe('queries', () => {
  test.each([
    ['GET', '?limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['GET', '?limit=99999999999999999999', 400, 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    ['GET', '?limit=1.5', 400, 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    ['GET', '?limit=-1', 200, undefined],
    ['GET', '?limit=1&limit=x', 200, undefined], // the first one counts
    ['GET', '?resourceVersion=x', 400, expect.stringContaining('invalid resource version')],
    ['GET', '?resourceVersion=-1', 400, expect.stringContaining('resource version')],
    ['GET', '?continue=%00', 400, expect.stringContaining('continue key is not valid')],
    ['GET', '?timeoutSeconds=1e9&watch=true', 400, 'strconv.ParseInt: parsing "1e9": invalid syntax'],
    ['GET', '?labelSelector=%3D', 400, "found '=', expected: !, identifier, or 'end of string'"],
    // Broken UTF-8 is a value, a broken escape is none: its pair does not count.
    ['GET', '?labelSelector=%E0%A4', 400, expect.stringContaining('unable to parse requirement')],
    ['GET', '?labelSelector=%E0%A4%A', 200, undefined],
    ['DELETE', '/none?gracePeriodSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['DELETE', '/none?gracePeriodSeconds=-1', 404, 'configmaps "none" not found'],
    ['DELETE', '/none?gracePeriodSeconds=99999999999999999999', 400, 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
  ])('%s %s', async (method, query, status, message) => {
    const reply = await server.call(method, `${configMaps}${query}`)
    expect([reply.status, reply.json()['message']]).toEqual([status, message])
  })
})

describe('bodies of another kind', () => {
  test.each([
    [
      'POST',
      '',
      'text/plain',
      415,
      expect.stringMatching(/^the body of the request was in an unknown format - accepted media types include: application\/json/),
    ],
    ['POST', '', 'application/json;charset=utf-8', 201, undefined],
    ['PATCH', '/none', 'application/json', 415, '415: Unsupported Media Type'],
    ['PATCH', '/none', '', 415, '415: Unsupported Media Type'],
  ])('%s%s %s', async (method, path, type, status, message) => {
    const reply = await server.call(method, `${configMaps}${path}?dryRun=All`, { body: map('typed'), type })
    expect([reply.status, reply.json()['message']]).toEqual([status, message])
  })
})

test.each([
  ['..', `Name parameter invalid: "..": may not be '..'`],
  ['%2e', `Name parameter invalid: ".": may not be '.'`],
  ['a%25b', `Name parameter invalid: "a%b": may not contain '%'`],
])('the name %s is none', async (name, message) => {
  const { status, json } = await server.call('GET', `${configMaps}/${name}`)
  expect([status, json()['message']]).toEqual([400, message])
})

test.each(['..', '%2e%2e', '%2E%2E', 'a%2Fb', '%2F', '..%2Fsecrets%2Fs', 'a%00b'])('the name %s leads nowhere else', async (name) => {
  await server.call('POST', `${base}/secrets`, { body: { metadata: { name: 's' }, data: { a: '' } } })
  for (const path of [`${configMaps}/${name}`, `/api/v1/namespaces/${name}/configmaps/x`]) {
    const { status, text } = await server.call('GET', path)
    // A slash alone ends the path: what is left of it is the collection.
    expect([400, 404, ...(name === '%2F' ? [200] : [])]).toContain(status)
    expect(text).toMatch(/"kind":"(Status|ConfigMapList)"/)
  }
})

test('what is nested as deeply as JSON may be, but deeper than can be kept, is refused', async () => {
  const deep = `${'{"a":'.repeat(9900)}{}${'}'.repeat(9900)}`
  const revision = `{"apiVersion":"apps/v1","kind":"ControllerRevision","metadata":{"name":"deep"},"revision":1,"data":${deep}}`
  const fields = `[{"manager":"m","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":${deep}}]`
  await server.call('POST', configMaps, { body: map('owned') })
  for (const [method, path, body] of [
    ['POST', '/apis/apps/v1/namespaces/default/controllerrevisions', revision],
    ['PUT', `${configMaps}/owned`, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"owned","managedFields":${fields}}}`],
  ] as const) {
    const { status, json } = await server.call(method, path, { body })
    expect([path, status, json()['message']]).toEqual([path, 400, 'exceeded max depth'])
  }
})

test('protobuf that breaks off anywhere is refused', async () => {
  const whole = codec.encodeProtobuf('io.k8s.api.core.v1.ConfigMap', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cut', labels: { a: 'b' } },
    data: { a: 'b', c: 'd' },
  })
  const type = 'application/vnd.kubernetes.protobuf'
  /** An empty encoding and an empty content type, two bytes each: what comes before them is all that counts. */
  const complete = whole.length - 4
  for (let length = 0; length <= whole.length; length++) {
    const { status } = await server.call('POST', `${configMaps}?dryRun=All`, { body: whole.subarray(0, length), type })
    const broken = length < complete ? [400, 422] : length === complete || length === complete + 2 || length === whole.length ? [201] : [400]
    expect(broken, `${length} of ${whole.length} bytes`).toContain(status)
  }
})

describe('large bodies', () => {
  const mib = 1024 * 1024
  const tooLarge = 'Request entity too large: limit is 3145728'
  const dense = (count: number, item: (index: number) => string) => Array.from({ length: count }, (_, index) => item(index)).join(',')
  test.each<[string, () => string | Buffer, number, unknown, Record<string, string>?]>([
    ['more than 3 MiB', () => map('a', { a: 'x'.repeat(3 * mib) }), 413, tooLarge],
    ['more than 3 MiB, compressed', () => gzipSync(map('a', { a: 'x'.repeat(3 * mib) })), 413, tooLarge, { 'content-encoding': 'gzip' }],
    ['a large value', () => map('a', { a: 'x'.repeat(mib) }), 201, undefined],
    ['a long list that nobody knows', () => `{"metadata":{"name":"a"},"x":[${dense(150_000, () => '0')}]}`, 201, undefined],
    [
      'more values than are worked on',
      () => `{"metadata":{"name":"a"},"data":{${dense(100_000, (i) => `"${i.toString(36)}":""`)}}}`,
      413,
      'Request entity too large: the object holds too many values',
    ],
    [
      'a dense list that ends in the middle',
      () => `{"metadata":{"name":"a"},"x":[${dense(mib, () => '0')}`,
      400,
      expect.stringContaining('unexpected end of JSON input'),
    ],
    [
      'illegal keys',
      () => `{"metadata":{"name":"a"},"data":{${dense(9000, (i) => `"/${i.toString(36)}xxxxxx":""`)}}}`,
      422,
      expect.stringMatching(/ and 8000 more errors\]$/),
    ],
    ['nested too deeply', () => '['.repeat(mib), 400, expect.stringContaining('exceeded max depth')],
  ])('%s', async (_, body, status, message, headers = {}) => {
    const reply = await server.call('POST', `${configMaps}?dryRun=All`, { body: body(), headers })
    expect([reply.status, reply.json()['message']]).toEqual([status, message])
  })

  test('strict validation of a dense body speaks as of any other', async () => {
    const body = `{"metadata":{"name":"a"},"x":[${dense(150_000, () => '0')}]}`
    const { status, text } = await server.call('POST', `${configMaps}?fieldValidation=Strict`, { body })
    expect([status, JSON.parse(text).message]).toEqual([
      400,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "x"',
    ])
    const warned = await server.call('POST', `${configMaps}?dryRun=All`, { body })
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"x\\""')
  })

  test('patches: as many operations as allowed, and one more', async () => {
    await server.call('POST', configMaps, { body: map('operations', { a: '' }) })
    const patch = (count: number) => `[${dense(count, (i) => `{"op":"replace","path":"/data/a","value":"${i}"}`)}]`
    const send = (count: number) => server.call('PATCH', `${configMaps}/operations`, { body: patch(count), type: 'application/json-patch+json' })
    const allowed = await send(10_000)
    expect([allowed.status, allowed.json()['data']]).toEqual([200, { a: '9999' }])
    const refused = await send(10_001)
    expect([refused.status, refused.json()['message']]).toEqual([
      413,
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    ])
  })

  test('an object of as many keys as allowed can be created, changed by small and large patches, and sent back as it came', async () => {
    const path = `${configMaps}/full`
    const data = Object.fromEntries(Array.from({ length: 9900 }, (_, index) => [`k${index}`, 'v']))
    expect((await server.call('POST', configMaps, { body: map('full', data) })).status).toBe(201)
    const types = ['merge-patch', 'strategic-merge-patch'].map((type) => [`application/${type}+json`, '{"data":{"k0":"changed"}}'] as const)
    const patches = [...types, ['application/json-patch+json', '[{"op":"replace","path":"/data/k1","value":"changed"}]'] as const]
    for (const [type, body] of patches) expect({ type, status: (await server.call('PATCH', path, { type, body })).status }).toEqual({ type, status: 200 })
    const apply = { type: 'application/apply-patch+yaml', body: map('full', { k2: 'changed' }) }
    expect((await server.call('PATCH', `${path}?fieldManager=m&force=true`, apply)).status).toBe(200)
    const { text } = await server.call('GET', path)
    const back = await server.call('PUT', path, { body: text })
    expect([back.status, (back.json()['data'] as Record<string, string>)['k2']]).toEqual([200, 'changed'])
  })

  test('delete options are read as other bodies are', async () => {
    const remove = (body: string, type = 'application/json') => server.call('DELETE', `${configMaps}/none`, { body, type })
    expect((await remove(`{"dryRun":[${dense(20_000, () => '"All"')}]}`)).json()).toMatchObject({ code: 413 })
    expect((await remove(`{"x":[${dense(150_000, () => '0')}]}`)).status).toBe(404)
    expect((await remove(`x: [${dense(150_000, () => '0')}\n`, 'application/yaml')).status).toBe(400)
  })

  test('selectors are read up to 256 KiB; an Accept header may be of any length', async () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => index.toString(36)).join(',')
    const select = (count: number) => server.call('GET', `${configMaps}?limit=1&labelSelector=a+in+(${values(count)})`)
    expect((await select(40_000)).status).toBe(200)
    const refused = await select(80_000)
    expect([refused.status, refused.json()['message']]).toEqual([413, 'Request entity too large: selectors are limited to 262144 characters'])
    const accept = (first: string) => server.call('GET', `${configMaps}?limit=1`, { headers: { accept: `${first}${',a/b'.repeat(100_000)}` } })
    expect([(await accept('application/json')).status, (await accept('text/none')).status]).toEqual([200, 406])
  })

  test('who may not write is told before the body is read', async () => {
    const body = map('a', { a: 'x'.repeat(4 * mib) })
    expect((await server.call('POST', configMaps, { body, token: nobodyToken })).status).toBe(403)
    expect((await server.call('POST', configMaps, { body, token: 'unknown' })).status).toBe(401)
    expect((await server.call('POST', configMaps, { body, token: '' })).status).toBe(403)
  })
})
