// Ownership of the fields of a kind that is served in two versions: each entry speaks of its own version, and writes through the other one
// are seen by it. Source: structured-merge-diff merge/update.go, k8s.io/apimachinery pkg/util/managedfields.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HttpsApiServer } from '../../support/https-api-server.ts'
import type { Reply } from '../../support/https-call.ts'

interface Entry {
  readonly manager: string
  readonly operation: string
  readonly apiVersion: string
  readonly subresource?: string
  readonly fieldsV1: object
}

let server: HttpsApiServer
let name = ''
let tests = 0

beforeAll(async () => {
  server = await HttpsApiServer.start()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => {
  name = `scaler-${++tests}`
})

const collection = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
const scaler = (version: string, spec: object) => ({
  apiVersion: `autoscaling/${version}`,
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, ...spec },
})
const cpu = (averageUtilization: number) => [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } }]

const create = (manager: string, version: string, spec: object) =>
  server.call('POST', `${collection(version)}?fieldManager=${manager}`, { body: scaler(version, spec) })
const apply = (manager: string, version: string, spec: object, force = false) =>
  server.call('PATCH', `${collection(version)}/${name}?fieldManager=${manager}&force=${force}`, {
    body: scaler(version, spec),
    type: 'application/apply-patch+yaml',
  })
const merge = (manager: string, version: string, spec: object) =>
  server.call('PATCH', `${collection(version)}/${name}?fieldManager=${manager}`, { body: { spec }, type: 'application/merge-patch+json' })

/** Fields that are stated, or defaulted, without being what a test is about. */
const others: ReadonlySet<string> = new Set(['scaleTargetRef'])
interface Scaler {
  readonly metadata?: { readonly managedFields?: readonly Entry[] }
  readonly spec: { readonly minReplicas?: number; readonly targetCPUUtilizationPercentage?: number; readonly metrics?: readonly object[] }
}
const entries = (reply: Reply): readonly Entry[] => (reply.json() as unknown as Scaler).metadata?.managedFields ?? expect.fail(reply.text)
/** `manager operation version: fields of spec` */
const owners = (reply: Reply) =>
  entries(reply)
    .map(({ manager, operation, apiVersion, fieldsV1 }) => {
      const fields = Object.keys((fieldsV1 as { 'f:spec'?: object })['f:spec'] ?? {}).map((key) => key.slice(2))
      return `${manager} ${operation} ${apiVersion}: ${fields.filter((field) => !others.has(field)).join(' ')}`
    })
    .toSorted()

describe('autoscaling v1 and v2', () => {
  test('an entry keeps the version that it was written in; reading through the other one shows it so', async () => {
    await create('one', 'v2', { maxReplicas: 3, minReplicas: 2, metrics: cpu(50) })
    const asV1 = await server.call('GET', `${collection('v1')}/${name}`)
    expect((asV1.json() as unknown as Scaler).spec.targetCPUUtilizationPercentage).toBe(50)
    expect(owners(asV1)).toEqual(['one Update autoscaling/v2: maxReplicas metrics minReplicas'])
  })

  test('a change through v1 takes the field from its owner in v2, and is the writer’s in v1', async () => {
    await create('one', 'v2', { maxReplicas: 3, minReplicas: 2, metrics: cpu(50) })
    expect(owners(await merge('two', 'v1', { maxReplicas: 4 }))).toEqual([
      'one Update autoscaling/v2: metrics minReplicas',
      'two Update autoscaling/v1: maxReplicas',
    ])
  })

  test('a field of another name is the same field: the metric in v2 and the percentage in v1', async () => {
    await create('one', 'v2', { maxReplicas: 3, minReplicas: 2, metrics: cpu(50) })
    const changed = await merge('two', 'v1', { targetCPUUtilizationPercentage: 60 })
    expect(owners(changed)).toEqual(['one Update autoscaling/v2: maxReplicas minReplicas', 'two Update autoscaling/v1: targetCPUUtilizationPercentage'])
    const asV2 = await server.call('GET', `${collection('v2')}/${name}`)
    expect((asV2.json() as unknown as Scaler).spec.metrics).toEqual(cpu(60))
  })

  test('an apply through v1 conflicts with an owner in v2, and says which version that is', async () => {
    await create('one', 'v2', { maxReplicas: 3 })
    const refused = await apply('applier', 'v1', { maxReplicas: 4 })
    expect(refused.status).toBe(409)
    expect(refused.json()['message']).toMatch(/^Apply failed with 1 conflict: conflict with "one" using autoscaling\/v2: \.spec\.maxReplicas$/)
    expect(owners(await apply('applier', 'v1', { maxReplicas: 4 }, true))).toContain('applier Apply autoscaling/v1: maxReplicas')
    expect((await apply('applier', 'v1', { maxReplicas: 4 })).status).toBe(200)
  })

  test('one applier has one entry, in the version of its last apply; what it states no more goes, whatever version it was stated in', async () => {
    expect(owners(await apply('applier', 'v2', { maxReplicas: 3, metrics: cpu(50) }))).toEqual(['applier Apply autoscaling/v2: maxReplicas metrics'])
    const kept = await apply('applier', 'v1', { maxReplicas: 3, targetCPUUtilizationPercentage: 50 })
    expect(owners(kept)).toEqual(['applier Apply autoscaling/v1: maxReplicas targetCPUUtilizationPercentage'])
    const gone = await apply('applier', 'v2', {
      maxReplicas: 3,
      metrics: [{ type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 70 } } }],
    })
    expect((gone.json() as unknown as Scaler).spec.metrics).toHaveLength(1)
    expect(owners(gone)).toEqual(['applier Apply autoscaling/v2: maxReplicas metrics'])
  })

  test('what two appliers state in two versions is shared and stays until both have let go', async () => {
    await apply('one', 'v1', { maxReplicas: 3, minReplicas: 2 })
    await apply('two', 'v2', { maxReplicas: 3, minReplicas: 2 })
    const first = await apply('one', 'v1', { maxReplicas: 3 })
    expect((first.json() as unknown as Scaler).spec.minReplicas).toBe(2)
    expect(owners(first)).toEqual(['one Apply autoscaling/v1: maxReplicas', 'two Apply autoscaling/v2: maxReplicas minReplicas'])
  })

  test('more than ten updaters: the oldest are collected, those of each version by themselves', async () => {
    await create('first', 'v2', { maxReplicas: 100 })
    let last: Reply | undefined
    for (let index = 0; index < 14; index++) {
      const annotations = { [`a${index}`]: 'v' }
      const version = index % 2 === 0 ? 'v1' : 'v2'
      last = await server.call('PATCH', `${collection(version)}/${name}?fieldManager=m${index}`, {
        body: { metadata: { annotations } },
        type: 'application/merge-patch+json',
      })
    }
    const found = entries(last!).filter(({ operation }) => operation === 'Update')
    expect(found.length).toBeLessThanOrEqual(10)
    const collected = found.filter(({ manager }) => manager === 'ancient-changes').map(({ apiVersion }) => apiVersion)
    expect(collected.toSorted()).toEqual(['autoscaling/v1', 'autoscaling/v2'])
  })
})

test('an Event that two groups serve: there is no way from group to group, so a write through one forgets the owners in the other', async () => {
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name },
    involvedObject: { namespace: 'default', kind: 'Pod', name: 'p' },
    reason: 'r',
    message: 'one',
    type: 'Normal',
  }
  await server.call('POST', '/api/v1/namespaces/default/events?fieldManager=one', { body })
  const changed = await server.call('PATCH', `/apis/events.k8s.io/v1/namespaces/default/events/${name}?fieldManager=two`, {
    body: { metadata: { labels: { a: 'b' } } },
    type: 'application/merge-patch+json',
  })
  expect(changed.status).toBe(200)
  expect(
    entries(changed)
      .map(({ manager, apiVersion }) => `${manager} ${apiVersion}`)
      .toSorted(),
  ).toEqual(['two events.k8s.io/v1'])
})
