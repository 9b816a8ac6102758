// What patches, applies and strict bodies are answered, beyond the recorded scenarios. The words are upstream's: patch.go of
// k8s.io/apiserver, k8s.io/apimachinery pkg/util/strategicpatch and pkg/runtime/converter.go, and what
// test/integration/apiserver/field_validation_test.go asserts.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'
import type { Reply } from '../../support/https-call.ts'

let server: HttpsApiServer
const configMaps = '/api/v1/namespaces/default/configmaps'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
  yaml: 'application/yaml',
}

beforeAll(async () => {
  server = await HttpsApiServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())

const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image: 'img:1' }] } }
const deployment = { metadata: { name: 'd' }, spec: { replicas: 1, selector: { matchLabels: { app: 'd' } }, template } }

beforeEach(async () => {
  await Promise.all([server.call('DELETE', `${configMaps}/c`), server.call('DELETE', `${deployments}/d`)])
  await server.call('POST', configMaps, { body: { metadata: { name: 'c' }, data: { a: '1', b: '2' } } })
  await server.call('POST', deployments, { body: deployment })
})

const patch = (type: keyof typeof types, path: string, body: object | string) => server.call('PATCH', path, { type: types[type], body })
const statusOf = (reply: Reply) => `${reply.status} ${String(reply.json()['message'])}`
const invalidPatch = (shown: string, why: string) => `422  "" is invalid: patch: Invalid value: ${JSON.stringify(shown)}: ${why}`
const rejected = '422 the server rejected our request due to an error in our request'
const wrapped = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

// Source: handlers/patch.go (applyJSPatch), json-patch.v4 merge.go (doMergePatch) and patch.go (DecodePatch).
describe('patches that nobody validates are refused by the library that applies them', () => {
  test.each<[keyof typeof types, string, string]>([
    ['merge', '{"data":', '400 Invalid JSON Patch'],
    ['merge', '', '400 Invalid JSON Patch'],
    ['merge', '"x"', '400 Invalid JSON Patch'],
    ['merge', '[1]', invalidPatch('[1]', `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${wrapped}`)],
    ['json', '[{"op"', '400 unexpected end of JSON input'],
    ['json', '{}', '400 json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
    ['json', '[5]', '400 json: cannot unmarshal number into Go value of type jsonpatch.Operation'],
    ['json', '[{"op":5,"path":"/data/a"}]', rejected],
    ['json', '[{"op":"remove","path":5}]', rejected],
    ['json', '[null]', rejected],
    ['strategic', '[1]', '400 json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ])('%s %s', async (type, body, answer) => {
    expect(statusOf(await patch(type, `${configMaps}/c?fieldValidation=Ignore`, body))).toBe(answer)
  })
})

describe('refused patches', () => {
  test.each<[keyof typeof types, string, string]>([
    ['merge', '{"data":', '400 error decoding patch: unexpected end of JSON input'],
    ['merge', '', '400 error decoding patch: unexpected end of JSON input'],
    ['merge', 'null', '400 Invalid JSON Patch'],
    [
      'json',
      '[{"op":"replace","path":"","value":[]}]',
      invalidPatch('[]', `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${wrapped}`),
    ],
    [
      'json',
      '[{"op":"replace","path":"","value":{"kind":5}}]',
      invalidPatch('{"kind":5}', "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string"),
    ],
    ['json', '[{"op":"replace","path":"","value":5}]', rejected],
    ['strategic', '{"kind":5}', invalidPatch('map[kind:5]', 'cannot convert int64 to string')],
    ['strategic', '{"metadata":{"generation":1.5}}', invalidPatch('map[metadata:map[generation:1.5]]', 'cannot convert float64 to int64')],
    [
      'strategic',
      '{"metadata":{"creationTimestamp":5}}',
      invalidPatch('map[metadata:map[creationTimestamp:5]]', 'json: cannot unmarshal number into Go value of type string'),
    ],
    ['strategic', '{"binaryData":{"x":"!"}}', invalidPatch('map[binaryData:map[x:!]]', 'error decoding from json: illegal base64 data at input byte 0')],
    ['strategic', '{"binaryData":{"x":5}}', invalidPatch('map[binaryData:map[x:5]]', 'cannot restore slice from int64')],
    ['strategic', '{"metadata":{"$deleteFromPrimitiveListfinalizers":["x"]}}', '400 invalid patch format of primitive list'],
    ['strategic', '{"metadata":{"$setElementOrderfinalizers":["x"]}}', '400 invalid patch format of setElementOrder list'],
  ])('%s %s', async (type, body, answer) => {
    expect(statusOf(await patch(type, `${configMaps}/c`, body))).toBe(answer)
  })
})

test('a strategic patch does not mind what it calls itself', async () => {
  const reply = await patch('strategic', `${configMaps}/c`, { kind: 'Secret', apiVersion: 'v2', data: { a: '2' } })
  expect([reply.status, reply.json()['kind'], reply.json()['data']]).toEqual([200, 'ConfigMap', { a: '2', b: '2' }])
})

describe('an empty list of managed fields starts over', () => {
  test.each(['merge', 'strategic', 'PUT'] as const)('%s', async (how) => {
    const body = { metadata: { name: 'c', labels: { l: '1' }, managedFields: [] }, data: { a: '1' } }
    const reply = await (how === 'PUT' ? server.call('PUT', `${configMaps}/c`, { body }) : patch(how, `${configMaps}/c`, body))
    const { labels, managedFields } = reply.json()['metadata'] as { labels: object; managedFields?: object }
    expect([labels, managedFields]).toEqual([{ l: '1' }, undefined])
  })
})

describe('repeated and unknown fields', () => {
  const merge = `{"spec":{"unknown1":"v","unknownDupe":"v","unknownDupe":"w","paused":true,"paused":false,
    "template":{"spec":{"containers":[{"name":"main","image":"i","unknownNested":"v","imagePullPolicy":"Always","imagePullPolicy":"Never"}]}}}}`
  const operations = `[{"op":"add","path":"/spec/unknown1","value":"v","foo":"bar"},{"op":"add","path":"/spec/unknown2","path":"/spec/unknown3","value":"v"},
    {"op":"add","path":"/spec/template/spec/containers/0/unknownNested","value":"v"}]`
  const yaml = ['apiVersion: v1', 'kind: ConfigMap', 'metadata:', '  name: c', '  unknownMeta: v', 'data:', '  k: a', '  k: b', 'also: v', 'also: w'].join('\n')
  const inPatch = [
    'duplicate field "spec.unknownDupe"',
    'duplicate field "spec.paused"',
    'duplicate field "spec.template.spec.containers[0].imagePullPolicy"',
    'unknown field "spec.template.spec.containers[0].unknownNested"',
    'unknown field "spec.unknown1"',
    'unknown field "spec.unknownDupe"',
  ]
  const inOperations = [
    'json patch unknown field "[0].foo"',
    'json patch duplicate field "[1].path"',
    'unknown field "spec.template.spec.containers[0].unknownNested"',
    'unknown field "spec.unknown1"',
    'unknown field "spec.unknown3"',
  ]
  const lines = ['line 8: key "k" already set in map', 'line 10: key "also" already set in map']
  const unknown = ['unknown field "also"', 'unknown field "metadata.unknownMeta"']
  const listed = (complaints: readonly string[]) => complaints.join(', ')

  test.each<[string, string, string, string, readonly string[], string]>([
    ['merge', `PATCH ${deployments}/d`, types.merge, merge, inPatch, `strict decoding error: ${listed(inPatch)}`],
    ['strategic', `PATCH ${deployments}/d`, types.strategic, merge, inPatch, `strict decoding error: ${listed(inPatch)}`],
    // Duplicates come before unknown fields here: the parser meets them first.
    ['json', `PATCH ${deployments}/d`, types.json, operations, inOperations, `strict decoding error: `],
    [
      'yaml',
      `PUT ${configMaps}/c`,
      types.yaml,
      yaml,
      [...lines, ...unknown],
      `strict decoding error: yaml: unmarshal errors:\n  ${lines.join('\n  ')}, ${listed(unknown)}`,
    ],
    [
      'apply',
      `PATCH ${configMaps}/c`,
      types.apply,
      yaml.replace(/ {2}unknownMeta.*\n/, '').replaceAll(/\nalso.*/g, ''),
      ['line 7: key "k" already set in map'],
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "k" already set in map',
    ],
  ])('%s', async (_, line, type, body, warnings, refusal) => {
    const [method, path] = line.split(' ') as [string, string]
    const query = (validation: string) =>
      `?fieldManager=m&force=${type === types.apply}&fieldValidation=${validation}`.replace(type === types.apply ? '' : /&force=[a-z]*/, '')
    const strict = await server.call(method, path + query('Strict'), { type, body })
    expect(strict.status >= 400 && statusOf(strict)).toContain(refusal)
    const warned = await server.call(method, path + query('Warn'), { type, body })
    const given = [...String(warned.headers['warning'] ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, text]) => JSON.parse(`"${text}"`) as string)
    expect([warned.status, given.toSorted()]).toEqual([200, warnings.toSorted()])
    const ignored = await server.call(method, path + query('Ignore'), { type, body })
    expect([ignored.status, ignored.headers['warning']]).toEqual([200, undefined])
  })
})

test('bodies that are no objects of the kind', async () => {
  const post = async (body: string, type?: string) => statusOf(await server.call('POST', configMaps, { body, ...(type ? { type } : {}) }))
  const unrecognized = '400 the object provided is unrecognized (must be of type ConfigMap): '
  expect(await post('{"kind":5}')).toBe(
    `${unrecognized}couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})`,
  )
  expect(await post('a: b: c', types.yaml)).toBe(`${unrecognized}yaml: mapping values are not allowed in this context (613a20623a2063)`)
})

describe('the scale of a deployment', () => {
  const scale = (body: object) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' }, ...body })
  const path = `${deployments}/d/scale`

  test.each<[string, object, string]>([
    ['of another kind', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } }, '400 invalid object type: apps/v1, Kind=Deployment'],
    [
      'mistyped',
      scale({ spec: { replicas: '2' } }),
      '500 failed to create typed patch object (/d; autoscaling/v1, Kind=Scale): .spec.replicas: expected numeric (int or float), got string',
    ],
    ['unknown field', scale({ specs: {} }), '500 failed to create typed patch object (/d; autoscaling/v1, Kind=Scale): .specs: field not declared in schema'],
    ['owned by another', scale({ spec: { replicas: 2 } }), '409 Apply failed with 1 conflict: conflict with "unknown" using autoscaling/v1: .spec.replicas'],
  ])('apply: %s', async (_, body, answer) => {
    expect(statusOf(await patch('apply', `${path}?fieldManager=m`, body))).toBe(answer)
  })

  test('what is applied to it changes the replicas and who owns them, nothing else', async () => {
    const reply = await patch('apply', `${path}?fieldManager=m&force=true`, scale({ metadata: { name: 'd', labels: { not: 'kept' } }, spec: { replicas: 4 } }))
    expect([reply.status, reply.json()['spec']]).toEqual([200, { replicas: 4 }])
    const { metadata, spec } = (await server.call('GET', `${deployments}/d`)).json() as {
      metadata: { labels?: object; managedFields: { manager: string; subresource?: string; fieldsV1: object }[] }
      spec: { replicas: number }
    }
    const owners = metadata.managedFields.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('f:replicas"'))
    expect([spec.replicas, metadata.labels]).toEqual([4, undefined])
    expect(owners.map(({ manager, subresource }) => [manager, subresource])).toEqual([['m', 'scale']])
  })

  test('preconditions, place and age', async () => {
    const put = async (metadata: object) => statusOf(await server.call('PUT', path, { body: { metadata: { name: 'd', ...metadata } } }))
    expect(await put({ namespace: 'other' })).toBe('400 the namespace of the provided object does not match the namespace sent on the request')
    expect(await put({ uid: 'u' })).toMatch(/^409 .* "d": StorageError: invalid object, .*UID in precondition: u,/)
    expect(statusOf(await patch('merge', path, { metadata: { uid: 'u' } }))).toMatch(
      /^409 .* deployments\/scale\.apps "d": Precondition failed: UID in precondition: u,/,
    )
    expect((await patch('merge', `${deployments}/none/scale`, '{')).status).toBe(404)
    expect((await server.call('GET', `${path}?resourceVersion=999999999`)).status).toBe(504)
  })
})

// The library writes the maps that it takes apart in the order of their keys, and the reader complains in the order of the text.
test.each<[keyof typeof types, string]>([
  ['merge', '{"zoo":1,"metadata":{"foo":1,"bar":2},"foo":1}'],
  [
    'json',
    '[{"op":"add","path":"/zoo","value":1},{"op":"add","path":"/metadata/foo","value":1},{"op":"add","path":"/metadata/bar","value":1},{"op":"add","path":"/foo","value":1}]',
  ],
])('unknown fields of a %s patch come in order', async (type, body) => {
  const { headers } = await patch(type, `${configMaps}/c`, body)
  expect([...String(headers['warning']).matchAll(/unknown field \\"([^\\]+)/g)].map(([, field]) => field)).toEqual([
    'foo',
    'metadata.bar',
    'metadata.foo',
    'zoo',
  ])
})
