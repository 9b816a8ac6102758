// Bodies made to cost as much as possible: legal in size, enormous in what they stand for. Each is as close to the limit of
// request bodies as its form allows.
import { randomBytes } from 'node:crypto'

/** The limit of request bodies. */
export const bytesMax = 3 * 1024 * 1024

export interface HostileCase {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly body: () => Buffer
  /** The object that the request changes: created before. */
  readonly live?: { readonly path: string; readonly object: object }
  /** Sent before, one after the other: what there is when the request comes. Taken away afterwards, where `undo` says how. */
  readonly before?: readonly Step[]
  /** Header lines more, each with its end. */
  readonly headers?: string
  /** Bearer token of who sends it; default: the administrator's. */
  readonly token?: string
}

export interface Step {
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly body: () => Buffer
  /** What takes it away. */
  readonly undo?: string
}

export const jsonType = 'application/json'
export const core = (plural: string) => `/api/v1/namespaces/default/${plural}`
const strict = (path: string) => `${path}?fieldValidation=Strict`

/** What an object may hold, less a few for its frame. */
const valuesMax = 49_950 / 5
/** Members and elements that an item of JSON adds. */
const valuesOf = (item: string) => item.split(':').length - (item.startsWith('"') && item.includes('":') ? 1 : 0)

/** `head`, then as many items as fit, then `tail`. */
export function filled(head: string, item: (index: number) => string, tail: string, separator = ',', limit = bytesMax, itemsMax = Infinity): Buffer {
  const parts: string[] = []
  let bytes = Buffer.byteLength(head) + Buffer.byteLength(tail)
  for (let index = 0; index < itemsMax; index++) {
    const text = item(index)
    bytes += Buffer.byteLength(text) + separator.length
    if (bytes > limit) break
    parts.push(text)
  }
  return Buffer.from(head + parts.join(separator) + tail)
}

export const head = (kind: string, apiVersion = 'v1', name = 'hostile') => `{"apiVersion":"${apiVersion}","kind":"${kind}","metadata":{"name":"${name}"`
export const short = (index: number) => index.toString(36)

interface Shape {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly before: string
  readonly item: (index: number) => string
  readonly after: string
  readonly live?: NonNullable<HostileCase['live']>
}

/** An object of as many items as fit, which is refused at once, and one of as many as are worked on. */
function both({ before, item, after, name, ...request }: Shape): readonly HostileCase[] {
  const itemsMax = Math.floor(valuesMax / valuesOf(item(1).replace('{}', '{:::}')))
  return [
    { ...request, name, body: () => filled(before, item, after) },
    { ...request, name: `${name} (legal)`, body: () => filled(before, item, after, ',', bytesMax, itemsMax) },
  ]
}

function json(name: string, path: string, before: string, item: (index: number) => string, after: string, limit?: number): HostileCase {
  return { name, method: 'POST', path, contentType: jsonType, body: () => filled(before, item, after, ',', limit) }
}

const posted = (name: string, path: string, before: string, item: (index: number) => string, after: string) =>
  both({ name, method: 'POST', path, contentType: jsonType, before, item, after })

/** Keys that V8's hash of integer-like strings sends to one bucket (CVE-2026-21717): all equal in the low 24 bits of length and value. */
export const collidingKey = (index: number) => String(index * 65_536 + 65_536).padStart(9, '1')
const colliding = (index: number) => `"${collidingKey(index)}":0`

const configMaps = core('configmaps')
const podHead = (inside: string) => `${head('Pod')}},"spec":{${inside}`

const parsing: readonly HostileCase[] = [
  json('a list of zeros at the top', configMaps, '[', () => '0', ']'),
  json('an unknown list of zeros', configMaps, `${head('ConfigMap')}},"x":[`, () => '0', ']}'),
  json('an unknown list of empty objects', strict(configMaps), `${head('ConfigMap')}},"x":[`, () => '{}', ']}'),
  json('an unknown list of one-member objects', configMaps, `${head('ConfigMap')}},"x":[`, () => '{"a":0}', ']}'),
  json('unknown members', strict(configMaps), `${head('ConfigMap')}}`, (i) => `${i ? '' : ',"z":0,'}"${short(i)}":0`, '}'),
  json('an unknown map', configMaps, `${head('ConfigMap')}},"x":{`, (i) => `"${short(i)}":0`, '}}'),
  json('colliding integer-like keys', configMaps, `${head('ConfigMap')}},"data":{`, colliding, '}}'),
  ...posted('labels with colliding keys', configMaps, `${head('ConfigMap')},"labels":{`, (i) => `"${collidingKey(i)}":""`, '}}}'),
  json('duplicate keys', strict(configMaps), `${head('ConfigMap')}},"data":{`, () => '"a":""', '}}'),
  json('duplicate keys, each twice', strict(configMaps), `${head('ConfigMap')}},"data":{`, (i) => `"${short(i)}":"","${short(i)}":""`, '}}'),
  json('duplicate keys behind a long path', strict(configMaps), `{${'"a":{'.repeat(9000)}`, () => '"a":0', '}'.repeat(9001)),
  json('long integers', configMaps, `${head('ConfigMap')}},"x":[`, () => '12345678901234567', ']}'),
  json('integers of a million digits', configMaps, `${head('ConfigMap')}},"x":[`, () => '1'.repeat(1_000_000), ']}'),
  json('exponents', configMaps, `${head('ConfigMap')}},"x":[`, () => '1e100', ']}'),
  json('escapes', configMaps, `${head('ConfigMap')}},"data":{"a":"${'\\ud800'.repeat(500_000)}"`, () => '"b":""', '}}', 3_000_200),
  json('tiny strings with escapes', configMaps, `${head('ConfigMap')}},"x":[`, () => String.raw`"\ud800"`, ']}'),
  {
    name: 'nested at the limit',
    method: 'POST',
    path: configMaps,
    contentType: jsonType,
    body: () => Buffer.from(`{"x":${'['.repeat(9_990)}${']'.repeat(9_990)}}`),
  },
  { name: 'nested without end', method: 'POST', path: configMaps, contentType: jsonType, body: () => Buffer.from('['.repeat(bytesMax)) },
  { name: 'nested objects without end', method: 'POST', path: configMaps, contentType: jsonType, body: () => Buffer.from('{"a":'.repeat(bytesMax / 5)) },
  {
    name: 'nested 1,000 deep, often',
    method: 'POST',
    path: configMaps,
    contentType: jsonType,
    body: () => filled(`${head('ConfigMap')}},"x":[`, () => '['.repeat(1000) + ']'.repeat(1000), ']}'),
  },
  json('a long kind', configMaps, `{"kind":"${'\\u0001'.repeat(520_000)}"`, () => '"z":0', '}', 3_140_000),
  json('a long version', configMaps, `{"apiVersion":"${'\\u0001'.repeat(520_000)}","kind":"ConfigMap"`, () => '"z":0', '}', 3_140_000),
  json('a long namespace', configMaps, `{"kind":"ConfigMap","metadata":{"name":"a","namespace":"${'\\u0001'.repeat(500_000)}"}`, () => '"z":0', '}', 3_140_000),
  json('a long name', configMaps, `{"kind":"ConfigMap","metadata":{"name":"${'\\u0001'.repeat(500_000)}"}`, () => '"z":0', '}', 3_140_000),
  { name: 'white space', method: 'POST', path: configMaps, contentType: jsonType, body: () => Buffer.from(`{${' '.repeat(bytesMax - 4)}}`) },
  {
    name: 'cut off at the end',
    method: 'POST',
    path: configMaps,
    contentType: jsonType,
    body: () => filled(`${head('ConfigMap')}},"x":[`, () => '{"a":0}', ''),
  },
  {
    name: 'invalid UTF-8',
    method: 'POST',
    path: configMaps,
    contentType: jsonType,
    body: () => Buffer.concat([Buffer.from(`${head('ConfigMap')}},"data":{"a":"`), Buffer.alloc(bytesMax - 100, 0xff), Buffer.from('"}}')]),
  },
  { name: 'random bytes', method: 'POST', path: configMaps, contentType: jsonType, body: () => randomBytes(bytesMax) },
]

const objects: readonly HostileCase[] = [
  ...posted('a ConfigMap of empty values', configMaps, `${head('ConfigMap')}},"data":{`, (i) => `"${short(i)}":""`, '}}'),
  ...posted('a ConfigMap of illegal keys', configMaps, `${head('ConfigMap')}},"data":{`, (i) => `"/${short(i)}":""`, '}}'),
  ...posted('a Secret of empty values', core('secrets'), `${head('Secret')}},"data":{`, (i) => `"${short(i)}":""`, '}}'),
  ...posted('labels', configMaps, `${head('ConfigMap')},"labels":{`, (i) => `"${short(i)}":""`, '}}}'),
  ...posted('illegal labels', configMaps, `${head('ConfigMap')},"labels":{`, (i) => `"/${short(i)}":"/"`, '}}}'),
  ...posted('annotations', configMaps, `${head('ConfigMap')},"annotations":{`, (i) => `"${short(i)}":""`, '}}}'),
  ...posted('one large annotation', configMaps, `${head('ConfigMap')},"annotations":{"a":"`, () => 'x'.repeat(1000), '"}}}'),
  ...posted('finalizers', configMaps, `${head('ConfigMap')},"finalizers":[`, (i) => `"a/${short(i)}"`, ']}}'),
  ...posted('illegal finalizers', configMaps, `${head('ConfigMap')},"finalizers":[`, () => '""', ']}}'),
  ...posted('owners', configMaps, `${head('ConfigMap')},"ownerReferences":[`, () => '{}', ']}}'),
  ...posted('controllers', configMaps, `${head('ConfigMap')},"ownerReferences":[`, () => '{"controller":true}', ']}}'),
  ...posted('owners with uids', configMaps, `${head('ConfigMap')},"ownerReferences":[`, (i) => `{"uid":"${short(i)}"}`, ']}}'),
  ...posted('managed fields entries', configMaps, `${head('ConfigMap')},"managedFields":[`, () => '{}', ']}}'),
  ...posted(
    'a managed fields entry of many fields',
    configMaps,
    `${head('ConfigMap')},"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{`,
    (i) => `"f:${short(i)}":{}`,
    '}}]}}',
  ),
  ...posted(
    'a managed fields entry of keys',
    configMaps,
    `${head('ConfigMap')},"managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{`,
    (i) => String.raw`"k:{\"b\":${i},\"a\":0}":{}`,
    '}}]}}',
  ),
  ...posted('containers', core('pods'), podHead('"containers":['), () => '{}', ']}}'),
  ...posted('named containers', core('pods'), podHead('"containers":['), (i) => `{"name":"${short(i)}","image":"i"}`, ']}}'),
  ...posted('containers of one name', core('pods'), podHead('"containers":['), () => '{"name":"a","image":"i"}', ']}}'),
  ...posted('environment', core('pods'), podHead('"containers":[{"name":"a","image":"i","env":['), (i) => `{"name":"${short(i)}"}`, ']}]}}'),
  ...posted('illegal environment', core('pods'), podHead('"containers":[{"name":"a","image":"i","env":['), () => '{}', ']}]}}'),
  ...posted('ports', core('pods'), podHead('"containers":[{"name":"a","image":"i","ports":['), (i) => `{"containerPort":${i + 1}}`, ']}]}}'),
  ...posted(
    'volume mounts',
    core('pods'),
    podHead('"containers":[{"name":"a","image":"i","volumeMounts":['),
    (i) => `{"name":"v","mountPath":"/${short(i)}"}`,
    ']}]}}',
  ),
  ...posted('volumes', core('pods'), podHead('"containers":[{"name":"a","image":"i"}],"volumes":['), (i) => `{"name":"${short(i)}"}`, ']}}'),
  ...posted('tolerations', core('pods'), podHead('"containers":[{"name":"a","image":"i"}],"tolerations":['), () => '{}', ']}}'),
  ...posted('host aliases', core('pods'), podHead('"containers":[{"name":"a","image":"i"}],"hostAliases":['), () => '{}', ']}}'),
  ...posted('resources', core('pods'), podHead('"containers":[{"name":"a","image":"i","resources":{"limits":{'), (i) => `"a/${short(i)}":"1"`, '}}}]}}'),
  ...posted(
    'node affinity',
    core('pods'),
    podHead('"containers":[{"name":"a","image":"i"}],"affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":['),
    () => '{}',
    ']}}}}',
  ),
  ...posted('topology spread', core('pods'), podHead('"containers":[{"name":"a","image":"i"}],"topologySpreadConstraints":['), () => '{}', ']}}'),
  ...posted('arguments', core('pods'), podHead('"containers":[{"name":"a","image":"i","args":['), () => '""', ']}]}}'),
  ...posted('service ports', core('services'), `${head('Service')}},"spec":{"ports":[`, (i) => `{"name":"${short(i)}","port":${i + 1}}`, ']}}'),
  ...posted('service ports without a name', core('services'), `${head('Service')}},"spec":{"ports":[`, () => '{}', ']}}'),
  ...posted('external addresses', core('services'), `${head('Service')}},"spec":{"externalIPs":[`, () => '""', ']}}'),
  ...posted('quantities', core('resourcequotas'), `${head('ResourceQuota')}},"spec":{"hard":{`, (i) => `"${short(i)}":"1"`, '}}}'),
  ...posted(
    'quantities with many digits',
    core('resourcequotas'),
    `${head('ResourceQuota')}},"spec":{"hard":{`,
    (i) => `"${short(i)}":"${'9'.repeat(900)}"`,
    '}}}',
  ),
  ...posted('limits', core('limitranges'), `${head('LimitRange')}},"spec":{"limits":[`, () => '{}', ']}}'),
  ...posted('subsets', core('endpoints'), `${head('Endpoints')}},"subsets":[`, () => '{}', ']}'),
  ...posted(
    'endpoint addresses',
    core('endpoints'),
    `${head('Endpoints')}},"subsets":[{"addresses":[`,
    (i) => `{"ip":"10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}"}`,
    ']}]}',
  ),
  ...posted(
    'rules of a Role',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles',
    `${head('Role', 'rbac.authorization.k8s.io/v1')}},"rules":[`,
    () => '{}',
    ']}',
  ),
  ...posted(
    'verbs of a Role',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles',
    `${head('Role', 'rbac.authorization.k8s.io/v1')}},"rules":[{"apiGroups":[""],"resources":["a"],"verbs":[`,
    (i) => `"${short(i)}"`,
    ']}]}',
  ),
  ...posted(
    'subjects',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings',
    `${head('RoleBinding', 'rbac.authorization.k8s.io/v1')}},"roleRef":{"kind":"Role","name":"a","apiGroup":"rbac.authorization.k8s.io"},"subjects":[`,
    () => '{}',
    ']}',
  ),
  ...posted(
    'ingress rules',
    '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
    `${head('Ingress', 'networking.k8s.io/v1')}},"spec":{"rules":[`,
    () => '{}',
    ']}}',
  ),
  ...posted(
    'network policy rules',
    '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies',
    `${head('NetworkPolicy', 'networking.k8s.io/v1')}},"spec":{"podSelector":{},"ingress":[`,
    () => '{}',
    ']}}',
  ),
  ...posted(
    'endpoints',
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
    `${head('EndpointSlice', 'discovery.k8s.io/v1')}},"addressType":"IPv4","endpoints":[`,
    () => '{}',
    ']}',
  ),
  ...posted(
    'metrics',
    '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
    `${head('HorizontalPodAutoscaler', 'autoscaling/v2')}},"spec":{"scaleTargetRef":{"kind":"a","name":"a"},"maxReplicas":1,"metrics":[`,
    () => '{}',
    ']}}',
  ),
  ...posted(
    'match expressions',
    '/apis/apps/v1/namespaces/default/deployments',
    `${head('Deployment', 'apps/v1')}},"spec":{"selector":{"matchExpressions":[`,
    () => '{}',
    ']}}}',
  ),
  ...posted(
    'containers of a Deployment',
    '/apis/apps/v1/namespaces/default/deployments',
    `${head('Deployment', 'apps/v1')}},"spec":{"template":{"spec":{"containers":[`,
    () => '{}',
    ']}}}}',
  ),
  ...posted(
    'claim templates',
    '/apis/apps/v1/namespaces/default/statefulsets',
    `${head('StatefulSet', 'apps/v1')}},"spec":{"volumeClaimTemplates":[`,
    () => '{}',
    ']}}',
  ),
  ...posted('taints', '/api/v1/nodes', `${head('Node')}},"spec":{"taints":[`, () => '{}', ']}}'),
  ...posted('addresses of a Node', '/api/v1/nodes', `${head('Node')}},"status":{"addresses":[`, () => '{}', ']}}'),
  ...posted('node images', '/api/v1/nodes', `${head('Node')}},"status":{"images":[`, () => '{"names":[""]}', ']}}'),
  ...posted(
    'webhooks',
    '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    `${head('ValidatingWebhookConfiguration', 'admissionregistration.k8s.io/v1')}},"webhooks":[`,
    () => '{}',
    ']}',
  ),
  ...posted(
    'devices',
    '/apis/resource.k8s.io/v1/resourceslices',
    `${head('ResourceSlice', 'resource.k8s.io/v1')}},"spec":{"driver":"d","pool":{"name":"p"},"devices":[`,
    () => '{}',
    ']}}',
  ),
  ...posted(
    'priority levels: rules',
    '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
    `${head('FlowSchema', 'flowcontrol.apiserver.k8s.io/v1')}},"spec":{"priorityLevelConfiguration":{"name":"a"},"rules":[`,
    () => '{}',
    ']}}',
  ),
  {
    name: 'a nested schema of a custom resource',
    method: 'POST',
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    contentType: jsonType,
    body: () =>
      Buffer.from(
        `${head('CustomResourceDefinition', 'apiextensions.k8s.io/v1')}},"spec":{"versions":[{"name":"v1","schema":{"openAPIV3Schema":${'{"not":'.repeat(9000)}{}${'}'.repeat(9000)}}}]}}`,
      ),
  },
  ...posted(
    'properties of a schema',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    `${head('CustomResourceDefinition', 'apiextensions.k8s.io/v1')}},"spec":{"versions":[{"name":"v1","schema":{"openAPIV3Schema":{"properties":{`,
    (i) => `"${short(i)}":{}`,
    '}}}}]}}',
  ),
]

const small = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched' }, data: { a: '' } }
const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'patched' }, spec: { containers: [{ name: 'a', image: 'i' }] } }
const liveMap = { path: configMaps, object: small }
const livePod = { path: core('pods'), object: pod }

const patched = (
  name: string,
  live: NonNullable<HostileCase['live']>,
  contentType: string,
  before: string,
  item: (index: number) => string,
  after: string,
  query = '',
) => both({ name, method: 'PATCH', path: `${live.path}/patched${query}`, contentType, before, item, after, live })

function patch(name: string, live: NonNullable<HostileCase['live']>, type: string, body: () => Buffer, query = ''): HostileCase {
  return { name, method: 'PATCH', path: `${live.path}/patched${query}`, contentType: type, body, live }
}

export const mergeType = 'application/merge-patch+json'
export const strategicType = 'application/strategic-merge-patch+json'
export const jsonPatchType = 'application/json-patch+json'
export const applyType = 'application/apply-patch+yaml'
const applying = '?fieldManager=m&force=true'

const patches: readonly HostileCase[] = [
  ...patched('merge patch of many keys', liveMap, mergeType, '{"data":{', (i) => `"${short(i)}":""`, '}}'),
  ...patched('merge patch of nulls', liveMap, mergeType, '{"data":{', (i) => `"${short(i)}":null`, '}}'),
  ...patched('strategic patch of containers', livePod, strategicType, '{"spec":{"containers":[', (i) => `{"name":"${short(i)}"}`, ']}}'),
  ...patched('strategic patch that deletes', livePod, strategicType, '{"spec":{"containers":[', (i) => `{"$patch":"delete","name":"${short(i)}"}`, ']}}'),
  ...patched('strategic patch with an order', livePod, strategicType, '{"spec":{"$setElementOrder/containers":[', (i) => `{"name":"${short(i)}"}`, ']}}'),
  ...patched('strategic patch of a misshapen list', livePod, strategicType, '{"spec":{"containers":[', () => '0', ']}}'),
  patch('JSON patch: 10,000 additions', liveMap, jsonPatchType, () =>
    filled('[', (i) => `{"op":"add","path":"/data/${i}","value":"${'x'.repeat(200)}"}`, ']', ',', 2_500_000),
  ),
  patch('JSON patch: more than 10,000 operations', liveMap, jsonPatchType, () => filled('[', () => '{}', ']')),
  patch('JSON patch: copies of copies', liveMap, jsonPatchType, () =>
    filled(
      '[{"op":"add","path":"/x","value":["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]},',
      () => '{"op":"copy","from":"/x","path":"/x/-"}',
      ']',
      ',',
      300_000,
    ),
  ),
  patch('JSON patch: insertions before a long list', liveMap, jsonPatchType, () =>
    filled(`[{"op":"add","path":"/x","value":[${'0,'.repeat(1_200_000)}0]},`, () => '{"op":"add","path":"/x/0","value":0}', ']', ',', 2_750_000),
  ),
  patch('JSON patch: removals from a long list', liveMap, jsonPatchType, () =>
    filled(`[{"op":"add","path":"/x","value":[${'0,'.repeat(1_200_000)}0]},`, () => '{"op":"remove","path":"/x/100"}', ']', ',', 2_750_000),
  ),
  patch('JSON patch: deep paths', liveMap, jsonPatchType, () =>
    filled(
      `[{"op":"add","path":"/x","value":${'{"a":'.repeat(5000)}0${'}'.repeat(5000)}},`,
      () => `{"op":"test","path":"/x${'/a'.repeat(4999)}","value":{"a":0}}`,
      ']',
    ),
  ),
  ...patched('apply of many keys', liveMap, applyType, `${head('ConfigMap', 'v1', 'patched')}},"data":{`, (i) => `"${short(i)}":""`, '}}', applying),
  patch(
    'apply of many keys, as YAML lines',
    liveMap,
    applyType,
    () => filled('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: patched}\ndata:\n', (i) => ` ${short(i)}: ""`, '\n', '\n'),
    applying,
  ),
  ...patched(
    'apply of containers',
    livePod,
    applyType,
    `${head('Pod', 'v1', 'patched')}},"spec":{"containers":[`,
    (i) => `{"name":"${short(i)}"}`,
    ']}}',
    applying,
  ),
  ...patched('apply of finalizers', liveMap, applyType, `${head('ConfigMap', 'v1', 'patched')},"finalizers":[`, (i) => `"a/${short(i)}"`, ']}}', applying),
  ...patched('apply of unknown fields', liveMap, applyType, `${head('ConfigMap', 'v1', 'patched')}},"x":{`, (i) => `"${short(i)}":0`, '}}', applying),
]

const lol = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)].join(
  '\n',
)

function yaml(name: string, body: () => Buffer): HostileCase {
  return { name: `YAML: ${name}`, method: 'POST', path: configMaps, contentType: 'application/yaml', body }
}

const yamls: readonly HostileCase[] = [
  yaml('a billion laughs', () => Buffer.from(lol)),
  yaml('aliases', () => filled('a: &a [0]\nb: [', () => '*a', ']\n')),
  yaml('anchors', () => filled('b: [', (i) => `&${short(i)} 0`, ']\n')),
  yaml('merges of one map', () => filled('a: &a {b: 0}\nx:\n', () => '- {<<: *a}', '\n', '\n')),
  yaml('merges of a large map', () => filled(`a: &a {${Array.from({ length: 1000 }, (_, i) => `k${i}: 0`).join(', ')}}\nx:\n`, () => '- {<<: *a}', '\n', '\n')),
  yaml('nested flow lists', () => Buffer.from('['.repeat(bytesMax))),
  yaml('nested block lists', () => Buffer.from('- '.repeat(bytesMax / 2))),
  yaml('keys', () => filled('data:\n', (i) => ` ${short(i)}: ""`, '\n', '\n')),
  yaml('documents', () => filled('', () => '---\n', '', '')),
  yaml('comments', () => filled('a: 0\n', () => '#', '\n', '\n')),
  yaml('numbers', () => filled('x: [', () => '1', ']\n')),
  yaml('hexadecimal numbers of many digits', () => filled('x: [', () => `0x${'f'.repeat(100_000)}`, ']\n')),
  yaml('one long scalar', () => Buffer.from(`data: {a: ${'x '.repeat(bytesMax / 2 - 100)}}`)),
  yaml('duplicate keys', () => filled('data:\n', () => ' a: ""', '\n', '\n')),
  { ...yaml('duplicate keys, strictly', () => filled('data:\n', () => ' a: ""', '\n', '\n')), path: strict(configMaps) },
  patch('YAML: apply with duplicate keys', liveMap, applyType, () => filled('data:\n', () => ' a: ""', '\n', '\n'), `${applying}&fieldValidation=Strict`),
]

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))])
const field = (number: number, bytes: Uint8Array) => Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes])

function protobuf(name: string, kind: string, plural: string, message: () => Buffer): HostileCase {
  const body = () =>
    Buffer.concat([Buffer.from('k8s\0'), field(1, Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from(kind))])), field(2, message())])
  return { name: `protobuf: ${name}`, method: 'POST', path: core(plural), contentType: 'application/vnd.kubernetes.protobuf', body }
}

const most = bytesMax - 1000
const named = field(1, field(1, Buffer.from('hostile')))
const repeated = (bytes: Uint8Array) => Buffer.alloc(Math.floor(most / bytes.length) * bytes.length, bytes)

const protobufs: readonly HostileCase[] = [
  protobuf('empty containers', 'Pod', 'pods', () => Buffer.concat([named, field(2, repeated(Buffer.from([0x12, 0])))])),
  protobuf('empty map entries', 'ConfigMap', 'configmaps', () => Buffer.concat([named, repeated(Buffer.from([0x12, 0]))])),
  protobuf('unknown numbers', 'ConfigMap', 'configmaps', () => repeated(Buffer.from([0x78, 0]))),
  protobuf('nested groups', 'ConfigMap', 'configmaps', () => repeated(Buffer.from([0x7b]))),
  protobuf('metadata again and again', 'ConfigMap', 'configmaps', () => repeated(Buffer.from([0x0a, 0]))),
  protobuf('finalizers', 'ConfigMap', 'configmaps', () => field(1, Buffer.concat([field(1, Buffer.from('hostile')), repeated(Buffer.from([0x72, 0]))]))),
]

export const bodies: readonly HostileCase[] = [...parsing, ...objects, ...patches, ...yamls, ...protobufs]
