// Priority and fairness in a whole API server: what administrators configure is in force at once, and a flood of one does not
// reach the others.
import { afterEach, expect, test } from 'vitest'
import type { FlowSchema, PriorityLevelConfiguration } from '../../../src/api/flowcontrol/v1.ts'
import type { New } from '../../../src/api/object.ts'
import { flowSchemas, priorityLevelConfigurations } from '../../../src/api/resources.ts'
import type { ApiServerOptions } from '../../../src/apiserver/server-options.ts'
import { startApiServer } from '../../support/api-server.ts'
import { eventually } from '../../support/eventually.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function start(options: Partial<ApiServerOptions> = {}) {
  const { stop, transportOf, clientOf } = await startApiServer({ anonymousAuth: true, ...options })
  stops.push(stop)
  const admin = clientOf({ name: 'admin', groups: ['system:masters'] })
  /** One that does not come again by itself when it is refused. */
  const as = (name: string, groups: readonly string[]) => {
    const transport = transportOf({ name, groups })
    return async (method: 'GET' | 'POST', path: string, body?: object) => {
      const headers = body ? { 'content-type': 'application/json' } : {}
      const answer = await transport.request({ method, path, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
      return { status: answer.status, headers: answer.headers, text: Buffer.concat(await Array.fromAsync(answer.body)).toString() }
    }
  }
  const serviceAccount = (name: string) => as(`system:serviceaccount:default:${name}`, ['system:serviceaccounts', 'system:serviceaccounts:default'])
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'everybody' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: ['system:serviceaccounts', 'system:nodes'].map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name })),
  }
  expect((await admin.raw('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', binding)).status).toBe(201)
  return { admin, as, serviceAccount }
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } })
const configMaps = '/api/v1/namespaces/default/configmaps'
const uidHeaders = ['x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid'] as const

test('a service account that floods the server starves neither another one nor the leases', async () => {
  const { admin, as, serviceAccount } = await start({ limits: { readOnlyMax: 20, mutatingMax: 10 } })
  const flooding = serviceAccount('flood')
  const modest = serviceAccount('modest')
  const manager = as('system:kube-controller-manager', [])
  const node = as('system:node:n1', ['system:nodes'])
  const lease = (namespace: string, name: string) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace },
    spec: { holderIdentity: 'me' },
  })
  const leases = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`

  // Six queues of 50 are all that one flow has, whatever it sends.
  const flood = Array.from({ length: 1000 }, (_, i) => flooding('POST', configMaps, configMap(`flood-${i}`)))
  const others = [
    ...Array.from({ length: 20 }, (_, i) => modest('POST', configMaps, configMap(`modest-${i}`))),
    manager('POST', leases('kube-system'), lease('kube-system', 'kube-controller-manager')),
    node('POST', leases('kube-node-lease'), lease('kube-node-lease', 'n1')),
  ]
  const probe = await modest('GET', '/readyz')
  expect(probe.status).toBe(200)
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual(others.map(() => 201))
  const answers = await Promise.all(flood)
  const refused = answers.filter(({ status }) => status === 429)
  expect(answers.every(({ status }) => status === 201 || status === 429)).toBe(true)
  expect(refused.length).toBeGreaterThan(500)
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(300)
  expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(JSON.parse(refused[0]!.text)).toMatchObject({ reason: 'TooManyRequests', message: 'Too many requests, please try again later.' })

  const { text: metrics } = await admin.raw('GET', '/metrics')
  expect(metrics).toContain(
    `apiserver_flowcontrol_rejected_requests_total{priority_level="workload-low",flow_schema="service-accounts",reason="queue-full"} ${refused.length}\n`,
  )
  // Seats are given back in the next turn of the event loop.
  await eventually(async () => {
    const { text: levels } = await admin.raw('GET', '/debug/api_priority_and_fairness/dump_priority_levels')
    expect(levels).toMatch(/^workload-low, +0, +true, +false, +0, +0, /m)
  })
})

test('a priority level and a flow schema are in force when they are there, and no longer when they are gone', async () => {
  const { admin, serviceAccount } = await start()
  const account = serviceAccount('a')
  const uidsOf = async () => {
    const { headers } = await account('GET', configMaps)
    return uidHeaders.map((name) => headers[name])
  }
  const level = await admin.create(priorityLevelConfigurations, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'own' },
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 10, limitResponse: { type: 'Reject' } } },
  } as New<PriorityLevelConfiguration>)
  const schema = await admin.create(flowSchemas, {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'own' },
    spec: {
      priorityLevelConfiguration: { name: 'own' },
      matchingPrecedence: 50,
      rules: [
        {
          subjects: [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'default', name: 'a' } }],
          resourceRules: [{ verbs: ['list'], apiGroups: [''], resources: ['configmaps'], namespaces: ['*'] }],
        },
      ],
    },
  } as New<FlowSchema>)
  await eventually(async () => expect(await uidsOf()).toEqual([schema.metadata.uid, level.metadata.uid]))
  const danglingOf = async () =>
    (await admin.get(flowSchemas, { name: 'own' })).status?.conditions?.map(({ status, reason, message }) => [status, reason, message])
  const named = 'This FlowSchema references the PriorityLevelConfiguration object named "own"'
  await eventually(async () => expect(await danglingOf()).toEqual([['False', 'Found', `${named} and it exists`]]))

  await admin.delete(priorityLevelConfigurations, { name: 'own' })
  const [serviceAccounts, low] = [
    await admin.get(flowSchemas, { name: 'service-accounts' }),
    await admin.get(priorityLevelConfigurations, { name: 'workload-low' }),
  ]
  await eventually(async () => expect(await uidsOf()).toEqual([serviceAccounts.metadata.uid, low.metadata.uid]))
  await eventually(async () => expect(await danglingOf()).toEqual([['True', 'NotFound', `${named} but there is no such object`]]))
})

test('without any object the mandatory levels serve: masters are exempt, others go through catch-all', async () => {
  const { admin, serviceAccount } = await start()
  for (const path of ['flowschemas', 'prioritylevelconfigurations']) {
    expect((await admin.raw('DELETE', `/apis/flowcontrol.apiserver.k8s.io/v1/${path}`)).status).toBe(200)
  }
  const account = serviceAccount('a')
  await eventually(async () => {
    const { status, headers } = await account('GET', configMaps)
    // A schema that is imagined has no UID.
    expect([status, headers[uidHeaders[0]]]).toEqual([200, ''])
  })
  const { text } = await admin.raw('GET', '/debug/api_priority_and_fairness/dump_priority_levels')
  const names = text
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(',')[0])
  expect(names).toEqual(['catch-all', 'exempt'])
})

test('the mandatory objects stay what they are; what the exempt level lends may be chosen', async () => {
  const { admin } = await start()
  const catchAll = await admin.get(priorityLevelConfigurations, { name: 'catch-all' })
  const limited = { ...catchAll.spec.limited!, nominalConcurrencyShares: 50 }
  await expect(admin.update(priorityLevelConfigurations, { ...catchAll, spec: { ...catchAll.spec, limited } })).rejects.toThrow(
    "spec of 'catch-all' must equal the fixed value",
  )
  const schema = await admin.get(flowSchemas, { name: 'exempt' })
  const patch = [{ op: 'replace', path: '/spec/rules/0/subjects/0/group/name', value: 'system:authenticated' }]
  await expect(admin.patch(flowSchemas, { name: schema.metadata.name! }, { type: 'json', patch })).rejects.toThrow(
    "spec of 'exempt' must equal the fixed value",
  )
  const lending = { type: 'merge', patch: { spec: { exempt: { nominalConcurrencyShares: 5, lendablePercent: 50 } } } } as const
  expect((await admin.patch(priorityLevelConfigurations, { name: 'exempt' }, lending)).spec.exempt).toEqual({
    nominalConcurrencyShares: 5,
    lendablePercent: 50,
  })
})

test('dumps are for those who may read their paths', async () => {
  const { admin, as } = await start()
  const nobody = as('nobody', [])
  for (const dump of ['dump_priority_levels', 'dump_queues', 'dump_requests']) {
    const path = `/debug/api_priority_and_fairness/${dump}`
    expect((await nobody('GET', path)).status).toBe(403)
    const answer = await admin.raw('GET', path)
    expect([answer.status, answer.text.split(',')[0]]).toEqual([200, 'PriorityLevelName'])
  }
  const { text } = await admin.raw('GET', '/debug/api_priority_and_fairness/dump_requests?includeRequestDetails=1')
  expect(text).toMatch(/^exempt, +exempt, +-1, +-1, .*admin, +get, +\/debug\/api_priority_and_fairness\/dump_requests,/m)
})

test('switched off: no headers, no dumps, and limits on requests in flight', async () => {
  const { admin, serviceAccount } = await start({ priorityAndFairness: false, limits: { readOnlyMax: 400, mutatingMax: 2 } })
  const account = serviceAccount('a')
  const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => account('POST', configMaps, configMap(`c-${i}`))))
  expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(2)
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused[0]?.headers['retry-after']).toBe('1')
  expect(answers.every(({ headers }) => uidHeaders.every((name) => headers[name] === undefined))).toBe(true)
  expect((await admin.raw('GET', '/debug/api_priority_and_fairness/dump_queues')).status).toBe(404)
})
