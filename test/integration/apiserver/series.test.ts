// The objects of a series are worked out once. Whatever happens between two of them, the next one must be as if it had been alone: each is
// compared with one of the same body whose client nobody has seen before, which therefore goes the whole way.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codec } from '../../../src/api/codec.ts'
import { startApiServer, type TestApiServer } from '../../support/api-server.ts'

let server: TestApiServer
let clients = 0

beforeAll(async () => {
  server = await startApiServer()
})
afterAll(() => server.stop())

interface Answer {
  readonly status: number
  readonly warning: string | undefined
  readonly object: Record<string, unknown> & { readonly metadata: Record<string, unknown> & { readonly name?: string } }
}

interface Sent {
  readonly agent?: string
  readonly query?: string
  readonly contentType?: string
}

async function send(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET',
  path: string,
  body?: string | Uint8Array | object,
  { agent = 'test/1', query = '', contentType = 'application/json' }: Sent = {},
): Promise<Answer> {
  const response = await server.transport.request({
    method,
    path: `${path}${query}`,
    headers: { 'content-type': contentType, 'user-agent': agent },
    ...(body === undefined ? {} : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
  })
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body) chunks.push(chunk)
  return { status: response.status, warning: response.headers['warning'], object: JSON.parse(Buffer.concat(chunks).toString()) as Answer['object'] }
}

/** What does not differ from object to object. */
function common({ status, warning, object }: Answer, name: string): object {
  const text = JSON.stringify(object)
    .replaceAll(name, 'NAME')
    .replaceAll(object.metadata.name ?? name, 'NAME')
    .replaceAll(/"(uid|resourceVersion|creationTimestamp|time)":"[^"]*"/g, '"$1":"X"')
  return { status, warning, object: JSON.parse(text) as object }
}

const core = '/api/v1/namespaces'

async function newNamespace(labels: object = {}): Promise<string> {
  const { object } = await send('POST', core, { metadata: { generateName: 'n-', labels } })
  const namespace = object.metadata.name!
  await send('POST', `${core}/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })
  return namespace
}

const container = { name: 'c', image: 'i:1' }
const podNamed = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'a' } },
  spec: { containers: [container], ...spec },
})

/** The next one of a series, and one that is alone. */
async function both(path: string, bodyOf: (name: string) => string | Uint8Array | object, sent: Sent = {}): Promise<readonly [series: object, alone: object]> {
  const number = ++clients
  const [first, second] = [`series-${number}`, `alone-${number}`]
  const series = await send('POST', path, bodyOf(first), sent)
  return [common(series, first), common(await send('POST', path, bodyOf(second), { ...sent, agent: `test/alone-${number}` }), second)]
}

async function begin(path: string, bodyOf: (name: string) => string | Uint8Array | object, sent: Sent = {}): Promise<void> {
  for (let i = 0; i < 4; i++) {
    const [series, alone] = await both(path, bodyOf, sent)
    expect(series).toEqual(alone)
    expect(series).toMatchObject({ status: 201 })
  }
}

test.each<[string, (name: string) => string | Uint8Array | object, string, Sent?]>([
  ['pods', podNamed, 'pods'],
  [
    'pods in YAML',
    (name) => `kind: Pod\napiVersion: v1\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, image: i}]}`,
    'pods',
    { contentType: 'application/yaml' },
  ],
  ['pods whose names are made up', () => ({ ...podNamed(''), metadata: { generateName: 'made-up-' } }), 'pods'],
  ['config maps', (name) => ({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, annotations: { a: 'é"\\' } }, data: { a: '1' } }), 'configmaps'],
  [
    'config maps in protobuf',
    (name) => codec.encodeProtobuf('io.k8s.api.core.v1.ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } }),
    'configmaps',
    { contentType: 'application/vnd.kubernetes.protobuf' },
  ],
  ['secrets', (name) => ({ metadata: { name }, stringData: { password: 'p' } }), 'secrets'],
  ['with a label that is the name, too', (name) => ({ metadata: { name, labels: { name } } }), 'configmaps'],
  ['with a key that is the name, too', (name) => ({ metadata: { name }, data: { [name]: 'x' } }), 'configmaps'],
  ['with two names, the last of which counts', (name) => `{"metadata":{"name":"${name}"},"metadata":{"name":"${name}"}}`, 'configmaps'],
  ['with an unknown field, of which each is warned', (name) => ({ metadata: { name }, other: 1 }), 'configmaps', { query: '?fieldValidation=Warn' }],
  ['with what a client may not say', (name) => ({ metadata: { name, uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z' } }), 'configmaps'],
  [
    'with managed fields of their own',
    (name) => ({
      metadata: {
        name,
        managedFields: [{ manager: 'm', operation: 'Update', apiVersion: 'v1', time: '2001-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: {} }],
      },
    }),
    'configmaps',
  ],
  ['with gates, and so with a time in their status', (name) => podNamed(name, { schedulingGates: [{ name: 'g' }] }), 'pods'],
  ['with the characters that stand for holes', (name) => ({ metadata: { name }, data: { a: '\ue000\ue001' } }), 'configmaps'],
  ['with a dangerous key', (name) => `{"metadata":{"name":"${name}","annotations":{"constructor":"x"}},"data":{"__proto__":"y"}}`, 'configmaps'],
  [
    'with owners',
    (name) => ({ metadata: { name, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'o', uid: 'u', controller: true }] } }),
    'configmaps',
  ],
])('%s', async (_, bodyOf, plural, sent) => {
  const path = `${core}/${await newNamespace()}/${plural}`
  await begin(path, bodyOf, sent)
  const { object } = await send('GET', path)
  const items = object['items'] as { metadata: { name: string; uid: string } }[]
  expect(new Set(items.map(({ metadata }) => metadata.uid)).size).toBe(items.length)
  expect(items.filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt')).toHaveLength(8)
})

/** As its controller would have it. */
async function newQuota(namespace: string, pods: number): Promise<void> {
  const hard = { pods: String(pods) }
  const path = `${core}/${namespace}/resourcequotas`
  await send('POST', path, { metadata: { name: 'q' }, spec: { hard } })
  await send('PATCH', `${path}/q/status`, { status: { hard, used: { pods: '0' } } }, { contentType: 'application/merge-patch+json' })
}

const registration = '/apis/admissionregistration.k8s.io/v1'

/** Paths of what a change made for all namespaces. */
test.each<[string, (namespace: string) => Promise<unknown>, object, ((namespace: string) => readonly string[])?]>([
  [
    'a limit range',
    (namespace) =>
      send('POST', `${core}/${namespace}/limitranges`, { metadata: { name: 'l' }, spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } }),
    { object: { metadata: { annotations: {} } } },
  ],
  [
    'an account without tokens',
    (namespace) =>
      send('PATCH', `${core}/${namespace}/serviceaccounts/default`, { automountServiceAccountToken: false }, { contentType: 'application/merge-patch+json' }),
    { status: 201 },
  ],
  [
    'a namespace that is restricted',
    (namespace) =>
      send(
        'PATCH',
        `${core}/${namespace}`,
        { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
        { contentType: 'application/merge-patch+json' },
      ),
    { status: 403 },
  ],
  [
    'a namespace that warns',
    (namespace) =>
      send(
        'PATCH',
        `${core}/${namespace}`,
        { metadata: { labels: { 'pod-security.kubernetes.io/warn': 'restricted' } } },
        { contentType: 'application/merge-patch+json' },
      ),
    { status: 201, warning: expect.stringContaining('would violate PodSecurity') },
  ],
  ['a namespace that goes', (namespace) => send('DELETE', `${core}/${namespace}`), { status: 403 }],
  ['a quota that is used up', (namespace) => newQuota(namespace, 0), { status: 403 }],
  [
    'a policy',
    async (namespace) => {
      const policies = `${registration}/validatingadmissionpolic`
      const spec = {
        matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
        validations: [{ expression: `object.metadata.namespace != '${namespace}'` }],
      }
      await send('POST', `${policies}ies`, { metadata: { name: namespace }, spec })
      await send('POST', `${policies}ybindings`, { metadata: { name: namespace }, spec: { policyName: namespace, validationActions: ['Deny'] } })
    },
    { status: 422 },
    (namespace) => [`${registration}/validatingadmissionpolicybindings/${namespace}`, `${registration}/validatingadmissionpolicies/${namespace}`],
  ],
  [
    'a webhook that does not answer',
    (namespace) =>
      send('POST', `${registration}/mutatingwebhookconfigurations`, {
        metadata: { name: namespace },
        webhooks: [
          {
            name: 'w.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            timeoutSeconds: 1,
            clientConfig: { url: 'https://127.0.0.1:1/' },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          },
        ],
      }),
    { status: 500 },
    (namespace) => [`${registration}/mutatingwebhookconfigurations/${namespace}`],
  ],
])('%s is heeded by the next pod', async (_, change, expected, made) => {
  const namespace = await newNamespace()
  const path = `${core}/${namespace}/pods`
  await begin(path, podNamed)
  await change(namespace)
  const before = common(await send('GET', `${path}/series-${clients}`), `series-${clients}`)
  for (let i = 0; i < 3; i++) {
    const [series, alone] = await both(path, podNamed)
    if ('warning' in expected || (expected as { status?: number }).status !== 201) expect(series).toMatchObject(expected)
    expect(series).toEqual(alone)
    expect({ ...series, status: 200 }).not.toEqual(before)
  }
  for (const each of made?.(namespace) ?? []) await send('DELETE', each)
})

test('a default priority class is heeded by the next pod, and so is its end', async () => {
  const path = `${core}/${await newNamespace()}/pods`
  const classes = '/apis/scheduling.k8s.io/v1/priorityclasses'
  await begin(path, podNamed)
  await send('POST', classes, { metadata: { name: 'usual' }, value: 7, globalDefault: true })
  expect((await both(path, podNamed))[0]).toMatchObject({ object: { spec: { priority: 7 } } })
  await begin(path, podNamed)
  await send('DELETE', `${classes}/usual`)
  expect((await both(path, podNamed))[0]).toMatchObject({ object: { spec: { priority: 0 } } })
})

test('every pod of a series is charged to a quota', async () => {
  const namespace = await newNamespace()
  await newQuota(namespace, 5)
  const answers = []
  for (let i = 0; i < 7; i++) answers.push((await send('POST', `${core}/${namespace}/pods`, podNamed(`p-${i}`))).status)
  expect(answers).toEqual([201, 201, 201, 201, 201, 403, 403])
})

test.each<[string, string, number, RegExp]>([
  ['taken', 's-taken', 409, /^pods "s-taken" already exists$/],
  ['no name', '', 422, /name or generateName is required/],
  ['too long for a name', 'x'.repeat(254), 422, /must be no more than 253/],
  ['upper case', 'Upper', 422, /a lowercase RFC 1123 subdomain must consist/],
  ['the end of the text and more', 'a","namespace":"other', 400, /namespace/],
])('a name that is %s', async (_, name, status, message) => {
  const path = `${core}/${await newNamespace()}/pods`
  await begin(path, podNamed)
  await send('POST', path, podNamed('s-taken'))
  const answer = await send('POST', path, JSON.stringify(podNamed('PLACE')).replace('PLACE', name))
  expect(`${answer.status} ${String(answer.object['message'])}`).toMatch(new RegExp(`^${status} `))
  expect(answer.object['message']).toMatch(message)
})

test.each([
  ['longer than a label', 'x'.repeat(64)],
  ['with dots', 'a.b'],
])('a name %s is warned of', async (_, name) => {
  const path = `${core}/${await newNamespace()}/pods`
  await begin(path, podNamed)
  expect(await send('POST', path, podNamed(name))).toMatchObject({ status: 201, warning: expect.stringContaining("used in the Pod's hostname") })
})

test('watchers see the whole series, with its labels and its field', async () => {
  const namespace = await newNamespace()
  const path = `${core}/${namespace}/pods`
  const { object } = await send('GET', path)
  await begin(path, podNamed)
  const response = await server.transport.request({
    method: 'GET',
    path: `${path}?watch=1&resourceVersion=${String(object.metadata['resourceVersion'])}&timeoutSeconds=1&labelSelector=app%3Da&fieldSelector=status.phase%3DPending`,
    headers: {},
  })
  let text = ''
  for await (const chunk of response.body) text += Buffer.from(chunk).toString()
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; object: { metadata: { name: string } } })
  const { items } = (await send('GET', path)).object as unknown as { items: { metadata: { name: string } }[] }
  expect(events.map(({ type }) => type)).toEqual(items.map(() => 'ADDED'))
  expect(events.map((event) => event.object.metadata.name).toSorted()).toEqual(items.map(({ metadata }) => metadata.name).toSorted())
})

test('who is known by another name owns the fields', async () => {
  const path = `${core}/${await newNamespace()}/configmaps`
  const map = (name: string) => ({ metadata: { name }, data: { a: 'b' } })
  const managers: unknown[] = []
  for (const agent of ['one/1', 'two/1', 'one/1', 'two/1', 'one/1', 'two/1']) {
    const { object } = await send('POST', path, map(`m-${managers.length}`), { agent })
    managers.push((object.metadata['managedFields'] as { manager: string }[])[0]!.manager)
  }
  expect(managers).toEqual(['one', 'two', 'one', 'two', 'one', 'two'])
  const answer = await send('POST', path, map('m-named'), { agent: 'one/1', query: '?fieldManager=mine' })
  expect(answer.object.metadata['managedFields']).toMatchObject([{ manager: 'mine' }])
})

test('a dry run leaves nothing behind', async () => {
  const path = `${core}/${await newNamespace()}/configmaps`
  const map = (name: string) => ({ metadata: { name } })
  for (let i = 0; i < 4; i++) expect((await send('POST', path, map('dry'), { query: '?dryRun=All' })).status).toBe(201)
  expect((await send('GET', `${path}/dry`)).status).toBe(404)
})
