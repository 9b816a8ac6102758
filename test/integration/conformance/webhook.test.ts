// Upstream's test/e2e/apimachinery/webhook.go, but for custom resources: webhooks that listen, asked through their configurations.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { jsonPatch, startWebhooks, type WebhookServer } from '../admission/webhook-server.ts'
import { type Api, type Body, unique } from './api.ts'
import { type ConformanceCluster, startConformanceCluster } from './cluster.ts'

let cluster: ConformanceCluster
let api: Api
let hooks: WebhookServer

const group = '/apis/admissionregistration.k8s.io/v1'
const denial = 'the configmap contains unwanted key and value'

beforeAll(async () => {
  hooks = await startWebhooks(['127.0.0.1'])
  hooks.on('/always-deny', () => ({ allowed: false, status: { message: 'this webhook denies all requests' } }))
  hooks.on('/configmaps', ({ object, oldObject }) =>
    (object ?? oldObject).data?.['webhook-e2e-test'] === 'webhook-disallow'
      ? { allowed: false, status: { message: denial, reason: denial } }
      : { allowed: true },
  )
  hooks.on('/mutating-configmaps', ({ object }) => {
    const { data = {} } = object
    if (data['mutation-start'] === 'yes' && !data['mutation-stage-1']) return jsonPatch({ op: 'add', path: '/data/mutation-stage-1', value: 'yes' })
    if (data['mutation-stage-1'] === 'yes' && !data['mutation-stage-2']) return jsonPatch({ op: 'add', path: '/data/mutation-stage-2', value: 'yes' })
    return { allowed: true }
  })
  hooks.on('/mutating-pods', () =>
    jsonPatch({ op: 'add', path: '/spec/initContainers', value: [{ image: 'webhook-added-image', name: 'webhook-added-init-container', resources: {} }] }),
  )
  hooks.on('/slow', () => undefined)
  hooks.on('/add-label', () => jsonPatch({ op: 'add', path: '/metadata/labels', value: { 'webhook-added': 'yes' } }))
  cluster = await startConformanceCluster()
  ;({ api } = cluster)
})
afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await hooks[Symbol.asyncDispose]()
})

const rule = (resource: string, operations: readonly string[], apiGroup = '') => ({
  apiGroups: [apiGroup],
  apiVersions: ['*'],
  resources: [resource],
  operations,
})
const hook = (path: string, namespace: string | undefined, over: object = {}) => ({
  name: `${path}.k8s.io`,
  rules: [rule('configmaps', ['CREATE', 'UPDATE'])],
  clientConfig: { url: `https://127.0.0.1:${hooks.port}/${path}`, caBundle: hooks.caBundle },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...(namespace ? { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } } : {}),
  ...over,
})
const plural = (kind: string) => `${group}/${kind.toLowerCase()}webhookconfigurations`
const configure = (kind: 'Mutating' | 'Validating', name: string, webhooks: readonly object[], labels: object = {}) =>
  api.must(`POST ${plural(kind)}`, { apiVersion: 'admissionregistration.k8s.io/v1', kind: `${kind}WebhookConfiguration`, metadata: { name, labels }, webhooks })
const configMap = (data: Readonly<Record<string, string>> = {}, name = unique('cm')) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
const maps = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`
const create = (namespace: string, data: Readonly<Record<string, string>>) => api.call(`POST ${maps(namespace)}`, configMap(data))
const disallowed = { 'webhook-e2e-test': 'webhook-disallow' }
const starting = { 'mutation-start': 'yes' }
/** A configuration is in force a moment after it was made. */
const denied = (namespace: string) => eventually(async () => expect((await create(namespace, disallowed)).status).toBe(400))
const allowed = (namespace: string) => eventually(async () => expect((await create(namespace, disallowed)).status).toBe(201))
const mutates = (namespace: string, data: object) => eventually(async () => expect((await create(namespace, starting)).body['data']).toEqual(data))

describe.concurrent('webhooks', () => {
  test('Admission webhook, deny create', async () => {
    const namespace = await cluster.newNamespace()
    await configure('Validating', unique('deny'), [hook('configmaps', namespace, { rules: [rule('configmaps', ['CREATE', 'UPDATE', 'DELETE'])] })])
    await denied(namespace)
    const { body } = await create(namespace, disallowed)
    expect(body.message).toBe(`admission webhook "configmaps.k8s.io" denied the request: ${denial}`)
    await api.must(`POST ${maps(namespace)}`, configMap({ ok: 'yes' }, 'compliant'))
    const live = await api.must(`GET ${maps(namespace)}/compliant`)
    expect((await api.call(`PUT ${maps(namespace)}/compliant`, { ...live, data: disallowed })).body.message).toContain(denial)
    expect((await api.call(`PATCH ${maps(namespace)}/compliant`, { data: disallowed }, { type: 'json' })).status).toBe(400)
    expect((await api.call(`PATCH ${maps(namespace)}/compliant`, { data: disallowed }, { type: 'merge' })).body.message).toContain(denial)
    // A namespace that the selector leaves out.
    expect((await create(await cluster.newNamespace(), disallowed)).status).toBe(201)
  })

  test('Admission webhook, deny attach', async () => {
    const namespace = await cluster.newNamespace()
    await configure('Validating', unique('attach'), [hook('always-deny', namespace, { rules: [rule('pods/attach', ['CONNECT'])] })])
    const pods = `/api/v1/namespaces/${namespace}/pods`
    await api.must(`POST ${pods}`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'to-be-attached' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
    await eventually(async () => {
      const { status, body } = await api.call(`POST ${pods}/to-be-attached/attach?stdout=true`)
      expect([status, body.message]).toEqual([400, 'admission webhook "always-deny.k8s.io" denied the request: this webhook denies all requests'])
    })
  })

  test('Admission webhook, ordered mutation', async () => {
    const namespace = await cluster.newNamespace()
    const stage = (number: number) =>
      hook('mutating-configmaps', namespace, { name: `adding-configmap-data-stage-${number}.k8s.io`, rules: [rule('configmaps', ['CREATE'])] })
    await configure('Mutating', unique('ordered'), [stage(1), stage(2)])
    await mutates(namespace, { ...starting, 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' })
  })

  test('Admission webhook, mutation with defaulting', async () => {
    const namespace = await cluster.newNamespace()
    await configure('Mutating', unique('pods'), [hook('mutating-pods', namespace, { rules: [rule('pods', ['CREATE'])] })])
    const path = `/api/v1/namespaces/${namespace}/pods`
    const pod = () => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: unique('pod') }, spec: { containers: [{ name: 'example', image: 'i' }] } })
    await eventually(async () => {
      const { spec } = (await api.must(`POST ${path}`, pod())) as Body & { spec: { initContainers?: object[] } }
      expect(spec.initContainers).toMatchObject([{ name: 'webhook-added-init-container', terminationMessagePolicy: 'File' }])
    })
  })

  test('Admission webhook, admission control not allowed on webhook configuration objects', async () => {
    const rules = [rule('*', ['*'], 'admissionregistration.k8s.io')]
    const names = [unique('validating'), unique('mutating')]
    // Whoever else is asked is none of these tests' business.
    const objectSelector = { matchLabels: { dummy: 'yes' } }
    await configure('Validating', names[0]!, [hook('always-deny', undefined, { rules, objectSelector })])
    await configure('Mutating', names[1]!, [hook('add-label', undefined, { rules, objectSelector })])
    for (const kind of ['Validating', 'Mutating'] as const) {
      const name = unique('dummy')
      const made = await configure(kind, name, [hook('always-deny', undefined, { rules: [rule('invalid', ['CREATE'])] })], { dummy: 'yes' })
      expect(made.metadata.labels).toEqual({ dummy: 'yes' })
      await api.must(`DELETE ${plural(kind)}/${name}`)
    }
    await api.must(`DELETE ${plural('Validating')}/${names[0]}`)
    await api.must(`DELETE ${plural('Mutating')}/${names[1]}`)
  })

  test('Admission webhook, fail closed', async () => {
    const namespace = await cluster.newNamespace()
    const clientConfig = { url: `https://127.0.0.1:${hooks.port}/configmaps` }
    await configure('Validating', unique('closed'), [hook('fail-closed', namespace, { clientConfig, failurePolicy: 'Fail' })])
    await eventually(async () => {
      const { status, body } = await create(namespace, {})
      expect([status, body.reason]).toEqual([500, 'InternalError'])
      expect(body.message).toContain('failed calling webhook "fail-closed.k8s.io"')
    })
  })

  test('Admission webhook, honor timeout', async () => {
    const namespace = await cluster.newNamespace()
    const name = unique('slow')
    await configure('Validating', name, [hook('slow', namespace, { timeoutSeconds: 1, failurePolicy: 'Fail' })])
    await eventually(async () => {
      const { status, body } = await create(namespace, {})
      expect(status).toBe(500)
      expect(body.message).toContain('context deadline exceeded')
      expect(body.message).toContain('/slow?timeout=1s')
    })
    await api.must(`PATCH ${plural('Validating')}/${name}`, [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }], { type: 'json' })
    await eventually(async () => expect((await create(namespace, {})).status).toBe(201))
  })

  test('Admission webhook, update validating webhook', async () => {
    const namespace = await cluster.newNamespace()
    const name = unique('updated')
    const made = await configure('Validating', name, [hook('configmaps', namespace, { rules: [rule('configmaps', ['CREATE'])] })])
    await denied(namespace)
    const [webhook] = made['webhooks'] as { rules: object[] }[]
    await api.must(`PUT ${plural('Validating')}/${name}`, { ...made, webhooks: [{ ...webhook, rules: [rule('configmaps', ['UPDATE'])] }] })
    await allowed(namespace)
    await api.must(`PATCH ${plural('Validating')}/${name}`, [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }], { type: 'json' })
    await denied(namespace)
  })

  test('Admission webhook, update mutating webhook', async () => {
    const namespace = await cluster.newNamespace()
    const name = unique('updated')
    const made = await configure('Mutating', name, [hook('mutating-configmaps', namespace, { rules: [rule('configmaps', ['CREATE'])] })])
    await mutates(namespace, { ...starting, 'mutation-stage-1': 'yes' })
    const [webhook] = made['webhooks'] as { rules: object[] }[]
    await api.must(`PUT ${plural('Mutating')}/${name}`, { ...made, webhooks: [{ ...webhook, rules: [rule('configmaps', ['UPDATE'])] }] })
    await mutates(namespace, starting)
    await api.must(`PATCH ${plural('Mutating')}/${name}`, [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }], { type: 'json' })
    await mutates(namespace, { ...starting, 'mutation-stage-1': 'yes' })
  })

  test.each([
    ['Admission webhook, list validating webhooks', 'Validating'],
    ['Admission webhook, list mutating webhooks', 'Mutating'],
  ] as const)('%s', async (_, kind) => {
    const namespace = await cluster.newNamespace()
    const label = unique('listed')
    const path = kind === 'Validating' ? 'configmaps' : 'mutating-configmaps'
    for (let count = 0; count < 10; count++)
      await configure(kind, unique('listed'), [hook(path, namespace, { rules: [rule('configmaps', ['CREATE'])] })], { label })
    expect((await api.must(`GET ${plural(kind)}?labelSelector=label%3D${label}`)).items).toHaveLength(10)
    if (kind === 'Validating') await denied(namespace)
    else await mutates(namespace, { ...starting, 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' })
    await api.must(`DELETE ${plural(kind)}?labelSelector=label%3D${label}`)
    if (kind === 'Validating') await allowed(namespace)
    else await mutates(namespace, starting)
  })

  test.each([
    ['Validating Admission webhook, create and update validating webhook configuration with matchConditions', 'Validating'],
    ['Mutating Admission webhook, create and update mutating webhook configuration with matchConditions', 'Mutating'],
  ] as const)('%s', async (_, kind) => {
    const name = unique('conditions')
    const first = [{ name: 'expression-1', expression: "object.metadata.namespace == 'nowhere'" }]
    const made = await configure(kind, name, [hook('always-deny', 'nowhere', { matchConditions: first })])
    expect(made['webhooks']).toMatchObject([{ matchConditions: first }])
    const second = [{ name: 'expression-2', expression: "object.metadata.namespace == 'elsewhere'" }]
    const [webhook] = made['webhooks'] as object[]
    await api.must(`PUT ${plural(kind)}/${name}`, { ...made, webhooks: [{ ...webhook, matchConditions: second }] })
    expect((await api.must(`GET ${plural(kind)}/${name}`))['webhooks']).toMatchObject([{ matchConditions: second }])
  })

  test.each([
    ['Validating Admission webhook, reject validating webhook configurations with invalid matchConditions', 'Validating'],
    ['Mutating Admission webhook, reject mutating webhook configurations with invalid matchConditions', 'Mutating'],
  ] as const)('%s', async (_, kind) => {
    const matchConditions = [{ name: 'invalid-expression-1', expression: '... [] bad expression' }]
    await expect(configure(kind, unique('invalid'), [hook('always-deny', 'nowhere', { matchConditions })])).rejects.toThrow('compilation failed')
  })

  test('Mutating Admission webhook, mutating webhook excluding object with specific name', async () => {
    const namespace = await cluster.newNamespace()
    const matchConditions = [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }]
    await configure('Mutating', unique('skipping'), [hook('mutating-configmaps', namespace, { rules: [rule('configmaps', ['CREATE'])], matchConditions })])
    await mutates(namespace, { ...starting, 'mutation-stage-1': 'yes' })
    expect((await api.must(`POST ${maps(namespace)}`, configMap(starting, 'skip-me')))['data']).toEqual(starting)
  })
})
