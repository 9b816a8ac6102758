// Requests that cost by what they ask for, or by what they find, rather than by the size of their body.
import {
  applyType,
  bytesMax,
  collidingKey,
  core,
  filled,
  head,
  type HostileCase,
  jsonPatchType,
  jsonType,
  mergeType,
  short,
  type Step,
  strategicType,
} from './hostile-corpus.ts'

/** Of somebody who may write roles in his namespace, and has few rights himself. */
export const roleWriterToken = 'role-writer-token'

const nothing = () => Buffer.alloc(0)
/** Of selectors: with the rest of the path just within what is read. */
const selectorBytesMax = 256 * 1024
/** Room for the other headers under the limit of 1 MiB. */
const headBytesMax = 1_000_000

const get = (name: string, path: string, more: Partial<HostileCase> = {}): HostileCase => ({
  name,
  method: 'GET',
  path,
  contentType: '',
  body: nothing,
  ...more,
})
const named = (name: string, kind = 'ConfigMap', apiVersion = 'v1') => head(kind, apiVersion, name)

function created(plural: string, name: string, body: () => Buffer): Step {
  return { method: 'POST', path: core(plural), contentType: jsonType, body, undo: `${core(plural)}/${name}?gracePeriodSeconds=0` }
}
const many = (count: number, step: (index: number) => Step): readonly Step[] => Array.from({ length: count }, (_each, index) => step(index))

const options = (inside: string) => `{"apiVersion":"v1","kind":"DeleteOptions"${inside}`
const removal = (name: string, body: () => Buffer, contentType = jsonType, method = 'DELETE'): HostileCase => ({
  name: `delete options: ${name}`,
  method,
  path: `${core('configmaps')}/none`,
  contentType,
  body,
})
const dryRuns = () => filled(options(',"dryRun":['), () => '"All"', ']}')

const deletions: readonly HostileCase[] = [
  removal('dry runs', dryRuns),
  { ...removal('dry runs, of a collection', dryRuns), path: `${core('configmaps')}?labelSelector=none` },
  removal('unknown members', () => filled(options(''), (i) => `${i ? '' : ',"z":0,'}"${short(i)}":0`, '}')),
  removal('an unknown list of empty objects', () => filled(options(',"x":['), () => '{}', ']}')),
  removal('nested without end', () => Buffer.from('['.repeat(bytesMax))),
  removal('YAML numbers', () => filled('x: [', () => '1', ']\n'), 'application/yaml'),
  removal('YAML anchors', () => filled('b: [', (i) => `&${short(i)} 0`, ']\n'), 'application/yaml'),
  removal('YAML: duplicate keys', () => filled('a: 0\n', () => 'x: 0', '\n', '\n'), 'application/yaml'),
  removal('a kind of three megabytes', () => Buffer.from(`{"kind":"${'\\u0001'.repeat(500_000)}"}`)),
  removal('protobuf dry runs', () => Buffer.concat([Buffer.from('k8s\0'), protobufDryRuns()]), 'application/vnd.kubernetes.protobuf'),
]

function protobufDryRuns(): Buffer {
  const runs = Buffer.alloc(bytesMax - 100 - ((bytesMax - 100) % 2), Buffer.from([0x2a, 0]))
  const size = [(runs.length & 0x7f) | 0x80, ((runs.length >> 7) & 0x7f) | 0x80, ((runs.length >> 14) & 0x7f) | 0x80, runs.length >> 21]
  const type = Buffer.concat([Buffer.from([0x0a, 2]), Buffer.from('v1'), Buffer.from([0x12, 13]), Buffer.from('DeleteOptions')])
  return Buffer.concat([Buffer.from([0x0a, type.length]), type, Buffer.from([0x12, ...size]), runs])
}

const thousandPods = many(1000, (i) => created('configmaps', `l${i}`, () => Buffer.from(`${named(`l${i}`)},"labels":{"a":"v${i}","b":"${i}"}}}`)))
/** As long as a selector may be, and longer. */
const selecting = (name: string, query: string, item: (index: number) => string, end = '', before = thousandPods, separator = ','): readonly HostileCase[] => {
  const path = (bytes: number) => filled(`${core('configmaps')}?${query}`, item, end, separator, bytes).toString()
  return [get(`selector: ${name}`, path(selectorBytesMax), { before }), get(`selector: ${name} (too long)`, path(headBytesMax))]
}

const selectors: readonly HostileCase[] = [
  ...selecting('a label in many values', 'labelSelector=a+in+(', short, ')'),
  ...selecting('a label not in many values', 'labelSelector=a+notin+(', short, ')'),
  ...selecting('many labels that are not', 'labelSelector=', (i) => `a!=${short(i)}`),
  ...selecting('many labels that do not exist', 'labelSelector=', (i) => `!${short(i)}`),
  ...selecting('one label, greater', 'labelSelector=', () => 'b>0'),
  ...selecting('brackets', 'labelSelector=', () => '(', '', [], ''),
  ...selecting('illegal values', 'labelSelector=a+in+(', (i) => `-${short(i)}`, ')', []),
  ...selecting('one long value', 'labelSelector=a=', () => 'x', '', [], ''),
  ...selecting('fields that are not', 'fieldSelector=', (i) => `metadata.name!=${short(i)}`),
  ...selecting('unknown fields', 'fieldSelector=', (i) => `${short(i)}=1`, '', []),
  ...selecting('fields without a sense', 'fieldSelector=', short, '', []),
  ...selecting('escapes in a field', 'fieldSelector=metadata.name=', () => '%5C%5C', '', [], ''),
]

const small = get('', `${core('configmaps')}?limit=1`)
const headers = (name: string, header: string, item: (index: number) => string, separator: string, more: Partial<HostileCase> = {}): HostileCase => ({
  ...small,
  name: `header: ${name}`,
  headers: filled(`${header}: `, item, '\r\n', separator, headBytesMax).toString(),
  ...more,
})
const query = (name: string, item: (index: number) => string, separator = '&'): HostileCase =>
  get(`query: ${name}`, filled(`${core('configmaps')}?limit=1&`, item, '', separator, headBytesMax).toString())

const heads: readonly HostileCase[] = [
  headers('Accept of many types', 'Accept', (i) => `a/${short(i)}`, ','),
  headers('Accept of empty types', 'Accept', () => '', ','),
  headers('Accept of tables', 'Accept', () => 'application/json;as=Table;g=meta.k8s.io;v=v2', ','),
  headers('Accept with many parameters', 'Accept', (i) => `application/json;${short(i)}=1`, ';'),
  headers('Accept with quotes', 'Accept', () => 'application/json;a="', ','),
  headers('Accept with many qualities', 'Accept', (i) => `application/json;q=0.${i}`, ','),
  headers('Content-Type with many parameters', 'Content-Type', (i) => `${short(i)}=1`, ';'),
  headers('a long User-Agent', 'User-Agent', () => 'Mozilla', '/'),
  headers('Accept-Encoding of many codings', 'Accept-Encoding', (i) => `gzip;q=0.${i}`, ','),
  headers('Accept-Encoding of spaces', 'Accept-Encoding', () => 'x ', ' '),
  headers('Upgrade', 'Connection: upgrade\r\nSec-WebSocket-Protocol: a\r\nUpgrade', (i) => short(i), ','),
  headers(
    'WebSocket protocols',
    'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol',
    (i) => `base64url.bearer.authorization.k8s.io.${short(i)}`,
    ',',
  ),
  headers('X-Forwarded-For', 'X-Forwarded-For', (i) => `10.0.${(i >> 8) & 255}.${i & 255}`, ','),
  headers('a traceparent', 'traceparent', () => '00-', ''),
  headers('impersonated groups', 'Impersonate-User: a\r\nImpersonate-Group: a', () => 'x', ''),
  headers('many impersonated groups', 'Impersonate-User: a\r\nImpersonate-Group: a', (i) => `g${i}`, '\r\nImpersonate-Group: '),
  headers('many impersonated extras', 'Impersonate-User: a\r\nX-A: a', () => 'x', '\r\nImpersonate-Extra-%61%2f: '),
  headers('one header often', 'X-A', () => '', '\r\nX-A: '),
  headers('cookies', 'Cookie', (i) => `${short(i)}=1`, ';'),
  { ...small, name: 'header: a token that looks like a JWT', token: `${'e'.repeat(300_000)}.${'e'.repeat(300_000)}.${'e'.repeat(300_000)}` },
  { ...small, name: 'header: a token of dots', token: '.'.repeat(headBytesMax) },
  { ...small, name: 'header: a nested token', token: `e30.${Buffer.from('['.repeat(700_000)).toString('base64url')}.e30` },
  query('parameters without a name', () => ''),
  query('many parameters', (i) => `${short(i)}=1`),
  query('parameters with colliding names', (i) => `${collidingKey(i)}=1`),
  query('one parameter often', () => 'limit=1'),
  query('escapes', () => '%2', ''),
  query('field managers', (i) => `fieldManager=${short(i)}`),
  get('header: 900 names that collide', `${core('configmaps')}?limit=1`, {
    headers: Array.from({ length: 900 }, (_each, i) => `${collidingKey(i)}: x\r\n`).join(''),
  }),
  ...selecting('colliding labels', 'labelSelector=', (i) => `!${collidingKey(i)}`),
  get('query: a continue token', `${core('configmaps')}?continue=${'e'.repeat(headBytesMax)}`),
  get('query: a nested continue token', `${core('configmaps')}?continue=${Buffer.from('{"v":'.repeat(140_000)).toString('base64url')}`),
  get('query: a long version', `${core('configmaps')}?resourceVersion=${'9'.repeat(headBytesMax)}`),
  get('query: a timeout of many parts', `${core('configmaps')}?limit=1&timeout=${'1h'.repeat(headBytesMax / 2 - 20)}`),
  get('query: a long limit', `${core('configmaps')}?limit=${'9'.repeat(headBytesMax)}`),
  get('path: many parts', `/api/v1/${'a/'.repeat(headBytesMax / 2 - 10)}`),
  get('path: a long name', `${core('configmaps')}/${'a'.repeat(headBytesMax)}`),
  get('path: escapes', `${core('configmaps')}/${'%2e'.repeat(headBytesMax / 3 - 10)}`),
  get('path: a service with many colons', `${core('services')}/${':'.repeat(headBytesMax - 100)}/proxy/`),
]

/** Ten thousand values: as much as one map of an object may hold. */
const legalMax = 9_900
const largeMap = (name: string): Step =>
  created('configmaps', name, () => filled(`${named(name)}},"data":{`, (i) => `"${short(i)}":"${'x'.repeat(60)}"`, '}}', ',', 1_400_000, legalMax))
const containers = (item: (index: number) => string, count: number) =>
  filled(`${named('large', 'Pod')}},"spec":{"containers":[`, item, ']}}', ',', 1_400_000, count)
const largePod = created('pods', 'large', () =>
  containers((i) => `{"name":"${short(i)}","image":"i","env":[${Array.from({ length: 10 }, (_e, n) => `{"name":"e${n}","value":""}`).join(',')}]}`, 900),
)
const finalizers: Step = {
  ...created('configmaps', 'large', () => filled(`${named('large')},"finalizers":[`, (i) => `"a/${short(i)}"`, ']}}', ',', 1_400_000, legalMax)),
}

const change = (
  name: string,
  before: readonly Step[],
  plural: string,
  contentType: string,
  body: () => Buffer,
  more: Partial<HostileCase> = {},
): HostileCase => ({
  name: `large object: ${name}`,
  method: 'PATCH',
  path: `${core(plural)}/large${contentType === applyType ? '?fieldManager=m&force=true' : ''}`,
  contentType,
  body,
  before,
  ...more,
})
const applied = (manager: number, keys: number): Step => ({
  method: 'PATCH',
  path: `${core('configmaps')}/large?fieldManager=m${manager}&force=true`,
  contentType: applyType,
  body: () => filled(`${named('large')}},"data":{`, (i) => `"k${(i + manager * 7) % 1000}":"x"`, '}}', ',', 1_000_000, keys),
  ...(manager === 0 ? { undo: `${core('configmaps')}/large` } : {}),
})
const text = (value: string) => () => Buffer.from(value)
const putMap = (count: number) => () => filled(`${named('large')}},"data":{`, (i) => `"${short(i)}":"y${'x'.repeat(60)}"`, '}}', ',', 1_400_000, count)

const changes: readonly HostileCase[] = [
  change('a small merge patch', [largeMap('large')], 'configmaps', mergeType, text('{"data":{"a":"b"}}')),
  change('a small JSON patch', [largeMap('large')], 'configmaps', jsonPatchType, text('[{"op":"add","path":"/data/a","value":"b"}]')),
  change('a small strategic patch', [largePod], 'pods', strategicType, text('{"metadata":{"labels":{"a":"b"}}}')),
  change('a small apply', [largeMap('large')], 'configmaps', applyType, text(`${named('large')}},"data":{"a":"b"}}`)),
  change('a large apply', [largeMap('large')], 'configmaps', applyType, putMap(legalMax)),
  change('an apply that takes all away', [applied(0, 1000)], 'configmaps', applyType, text(`${named('large')}}}`), {
    path: `${core('configmaps')}/large?fieldManager=m0&force=true`,
  }),
  change('replaced', [largeMap('large')], 'configmaps', jsonType, putMap(legalMax), { method: 'PUT' }),
  change('replaced by a small one', [largeMap('large')], 'configmaps', jsonType, text(`${named('large')}}}`), { method: 'PUT' }),
  change('a pod of many containers, replaced', [largePod], 'pods', jsonType, largePod.body, { method: 'PUT' }),
  change('a merge patch that deletes all keys', [largeMap('large')], 'configmaps', mergeType, () =>
    filled('{"data":{', (i) => `"${short(i)}":null`, '}}', ',', bytesMax, legalMax),
  ),
  change('JSON patch: tests of a large object', [largeMap('large')], 'configmaps', jsonPatchType, () =>
    filled('[', (i) => `{"op":"test","path":"/data/${short(i)}","value":"${'x'.repeat(60)}"}`, ']', ',', bytesMax, 10_000),
  ),
  change('JSON patch: removals of all keys', [largeMap('large')], 'configmaps', jsonPatchType, () =>
    filled('[', (i) => `{"op":"remove","path":"/data/${short(i)}"}`, ']', ',', bytesMax, legalMax),
  ),
  change('JSON patch: the whole is moved about', [largeMap('large')], 'configmaps', jsonPatchType, () =>
    filled('[', (i) => `{"op":"move","from":"/${i % 2 ? 'binaryData' : 'data'}","path":"/${i % 2 ? 'data' : 'binaryData'}"}`, ']', ',', bytesMax, 10_000),
  ),
  change('JSON patch: the whole is tested', [largeMap('large')], 'configmaps', jsonPatchType, () =>
    filled('[{"op":"copy","from":"/data","path":"/x"}', () => ',{"op":"test","path":"/x","value":{}}', ']', '', bytesMax, 9_000),
  ),
  change('finalizers, deleted from the list', [finalizers], 'configmaps', strategicType, () =>
    filled('{"metadata":{"$deleteFromPrimitiveList/finalizers":[', (i) => `"a/${short(i)}"`, ']}}', ',', bytesMax, legalMax),
  ),
  change('finalizers, in another order', [finalizers], 'configmaps', strategicType, () =>
    filled('{"metadata":{"$setElementOrder/finalizers":[', (i) => `"a/${short(legalMax - i)}"`, ']}}', ',', bytesMax, legalMax),
  ),
  change('containers, in another order', [largePod], 'pods', strategicType, () =>
    filled('{"spec":{"$setElementOrder/containers":[', (i) => `{"name":"${short(899 - i)}"}`, ']}}', ',', bytesMax, 900),
  ),
  change(
    'many who applied',
    many(60, (i) => applied(i, 900)),
    'configmaps',
    applyType,
    applied(61, 900).body,
  ),
  change(
    'many who applied, and a merge patch',
    many(60, (i) => applied(i, 900)),
    'configmaps',
    mergeType,
    text('{"data":{"k1":"b"}}'),
  ),
  change('nested patch', [largeMap('large')], 'configmaps', mergeType, () => Buffer.from(`{"x":${'{"a":'.repeat(9_900)}0${'}'.repeat(9_900)}}`)),
  get('large object: read as YAML', `${core('configmaps')}/large`, { before: [largeMap('large')], headers: 'Accept: application/yaml\r\n' }),
  get('large object: read with indents', `${core('configmaps')}/large?pretty=1`, { before: [largeMap('large')] }),
  get('large object: read as protobuf', `${core('pods')}/large`, { before: [largePod], headers: 'Accept: application/vnd.kubernetes.protobuf\r\n' }),
]

const table = 'Accept: application/json;as=Table;g=meta.k8s.io;v=v1\r\n'
const manyMaps = many(40, (i) => largeMap(`large${i}`))
const manyPods = many(2000, (i) =>
  created('configmaps', `p${i}`, () =>
    Buffer.from(`${named(`p${i}`)}},"data":{${Array.from({ length: 20 }, (_e, n) => `"k${n}":"${'x'.repeat(20)}"`).join(',')}}}`),
  ),
)
const eventsOf = many(3000, (i) =>
  created('events', `e${i}`, () =>
    Buffer.from(
      `${named(`e${i}`, 'Event')}},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},"reason":"R","message":"${'m'.repeat(900)}","count":${i + 1},"series":{"count":${i + 1},"lastObservedTime":"2026-01-01T00:00:00.000000Z"},"type":"Normal","source":{"component":"c"}}`,
    ),
  ),
)
const lists: readonly HostileCase[] = [
  get('list of large objects: Table', core('configmaps'), { before: manyMaps, headers: table }),
  get('list of large objects: Table with objects', `${core('configmaps')}?includeObject=Object`, { before: manyMaps, headers: table }),
  get('list of large objects: metadata', core('configmaps'), {
    before: manyMaps,
    headers: 'Accept: application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1\r\n',
  }),
  get('list of large objects: JSON', core('configmaps'), { before: manyMaps }),
  get('list of large objects: protobuf', core('configmaps'), { before: manyMaps, headers: 'Accept: application/vnd.kubernetes.protobuf\r\n' }),
  get('list of large objects: YAML', core('configmaps'), { before: manyMaps, headers: 'Accept: application/yaml\r\n' }),
  get('list of large objects: indents', `${core('configmaps')}?pretty=1`, { before: manyMaps }),
  { ...get('list of large objects: deleted', core('configmaps'), { before: manyMaps }), method: 'DELETE' },
  get('list of many objects: YAML', core('configmaps'), { before: manyPods, headers: 'Accept: application/yaml\r\n' }),
  get('list of many objects: indents', `${core('configmaps')}?pretty=1`, { before: manyPods }),
  get('list of many objects: protobuf', core('configmaps'), { before: manyPods, headers: 'Accept: application/vnd.kubernetes.protobuf\r\n' }),
  get('list of a pod of many containers: Table', core('pods'), { before: [largePod], headers: table }),
  get('list of events: Table', core('events'), { before: eventsOf, headers: table }),
  get('list of events: YAML', core('events'), { before: eventsOf, headers: 'Accept: application/yaml\r\n' }),
]

const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles'
const texts = (prefix: string, count: number) => Array.from({ length: count }, (_each, i) => `"${prefix}${short(i)}"`).join(',')
const role = (name: string, body: () => Buffer): HostileCase => ({
  name: `role: ${name}`,
  method: 'POST',
  path: roles,
  contentType: jsonType,
  body,
  token: roleWriterToken,
})
const roleHead = () => `${named('hostile', 'Role', 'rbac.authorization.k8s.io/v1')}},"rules":[`

const rights: readonly HostileCase[] = [
  role('one rule that stands for 10⁹', text(`${roleHead()}{"apiGroups":[${texts('g', 999)}],"resources":[${texts('r', 999)}],"verbs":[${texts('v', 999)}]}]}`)),
  role(
    'named rules',
    text(`${roleHead()}{"apiGroups":[${texts('g', 99)}],"resources":[${texts('r', 99)}],"verbs":[${texts('v', 99)}],"resourceNames":[${texts('n', 99)}]}]}`),
  ),
  role('many rules', () => filled(roleHead(), (i) => `{"apiGroups":[""],"resources":["${short(i)}"],"verbs":["get"]}`, ']}', ',', bytesMax, 1200)),
  role('many rules for 100 each', () =>
    filled(roleHead(), (i) => `{"apiGroups":[""],"resources":[${texts(`${short(i)}r`, 10)}],"verbs":[${texts('v', 10)}]}`, ']}', ',', bytesMax, 900),
  ),
]

const reviews: readonly HostileCase[] = [
  {
    name: 'review: a user of many groups',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    contentType: jsonType,
    body: () =>
      filled(
        `${named('', 'SubjectAccessReview', 'authorization.k8s.io/v1')}},"spec":{"user":"a","resourceAttributes":{"verb":"get","resource":"pods"},"groups":[`,
        (i) => `"${short(i)}"`,
        ']}}',
        ',',
        bytesMax,
        legalMax,
      ),
  },
  {
    name: 'review: an extra of many values',
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    contentType: jsonType,
    body: () =>
      filled(
        `${named('', 'SubjectAccessReview', 'authorization.k8s.io/v1')}},"spec":{"user":"a","resourceAttributes":{"verb":"get","resource":"pods"},"extra":{`,
        (i) => `"${short(i)}":["a"]`,
        '}}}',
        ',',
        bytesMax,
        5000,
      ),
  },
  {
    name: 'review: a token of a megabyte',
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    contentType: jsonType,
    body: text(`${named('', 'TokenReview', 'authentication.k8s.io/v1')}},"spec":{"token":"e30.${'e'.repeat(2_900_000)}.e30"}}`),
  },
]

export const requests: readonly HostileCase[] = [...deletions, ...selectors, ...heads, ...changes, ...lists, ...rights, ...reviews]
