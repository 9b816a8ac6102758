// Policies in force, as clusters write them.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type AuditedServer, policyOf, startAudited } from '../audit/server.ts'

let api: AuditedServer
let made = 0

const group = '/apis/admissionregistration.k8s.io/v1'
const configMaps = '/api/v1/namespaces/ns/configmaps'

interface Answered {
  readonly status: number
  readonly warnings: unknown
  readonly object: {
    readonly message?: string
    readonly reason?: string
    readonly data?: object
    readonly metadata: { readonly labels?: object }
    readonly spec?: object
  }
}

async function send(line: string, body: object, token = 'admin'): Promise<Answered> {
  const answer = await api.call(line, { body, token })
  return { status: answer.status, warnings: answer.headers['warning'], object: JSON.parse(answer.body) as Answered['object'] }
}

const rule = (resource: string, apiGroup = '', version = 'v1') => ({
  apiGroups: [apiGroup],
  apiVersions: [version],
  resources: [resource],
  operations: ['CREATE', 'UPDATE'],
})

/** With a binding of the same name. */
async function enforce(kind: 'Validating' | 'Mutating', spec: object, binding: object = {}, resourceRules: readonly object[] = [rule('configmaps')]) {
  const name = `p${made++}`
  const path = `${group}/${kind.toLowerCase()}admissionpolic`
  const of = (suffix: string, body: object) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}AdmissionPolicy${suffix}`,
    metadata: { name },
    spec: body,
  })
  const how = kind === 'Validating' ? { validationActions: ['Deny'] } : {}
  const always = kind === 'Mutating' ? { reinvocationPolicy: 'Never' } : {}
  const policy = await send(`POST ${path}ies`, of('', { matchConstraints: { resourceRules }, ...always, ...spec }))
  expect(policy).toMatchObject({ status: 201 })
  expect(await send(`POST ${path}ybindings`, of('Binding', { policyName: name, ...how, ...binding }))).toMatchObject({ status: 201 })
  return name
}

const create = (data: object, labels: object = {}, token?: string) =>
  send(`POST ${configMaps}`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m${made++}`, labels }, data }, token)

beforeAll(async () => {
  api = await startAudited({ policy: policyOf('- {level: Metadata}'), log: {} })
  for (const name of ['ns', 'params'])
    await send('POST /api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { team: name } } })
})
afterAll(() => api[Symbol.asyncDispose]())
afterEach(async () => {
  for (const kind of ['validating', 'mutating']) {
    for (const each of ['ybindings', 'ies']) await api.call(`DELETE ${group}/${kind}admissionpolic${each}`)
  }
  await api.call('DELETE /api/v1/namespaces/params/configmaps')
})

/** Of one metric: its samples, by their labels. */
async function samples(metric: string): Promise<Record<string, number>> {
  const { body } = await api.call('GET /metrics')
  return Object.fromEntries([...body.matchAll(new RegExp(`^${metric}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))].map(([, labels = '', value]) => [labels, Number(value)]))
}

test('metrics: what policies did, and what their expressions cost', async () => {
  const before = {
    compiled: await samples('apiserver_cel_compilation_duration_seconds_count'),
    run: await samples('apiserver_cel_evaluation_duration_seconds_count'),
  }
  const patch = (expression: string) => ({ mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }] })
  const good = await enforce('Mutating', patch('[JSONPatch{op: "add", path: "/metadata/labels/seen", value: "yes"}]'))
  const bad = await enforce('Mutating', { ...patch('[JSONPatch{op: "add", path: "/metadata/labels/x", value: object.data.none}]'), failurePolicy: 'Ignore' })
  await enforce('Validating', { validations: [{ expression: 'object.metadata.labels.seen == "yes"' }] })
  expect(await create({ a: '1' }, { some: 'label' })).toMatchObject({ status: 201, object: { metadata: { labels: { seen: 'yes' } } } })
  expect(await samples('apiserver_mutating_admission_policy_check_total')).toMatchObject({
    [`policy="${good}",policy_binding="${good}",error_type="no_error"`]: 1,
    [`policy="${bad}",policy_binding="${bad}",error_type="invalid_error"`]: 1,
  })
  expect(await samples('apiserver_mutating_admission_policy_check_duration_seconds_count')).toMatchObject({
    [`policy="${good}",policy_binding="${good}",error_type="no_error"`]: 1,
  })
  expect((await samples('apiserver_cel_compilation_duration_seconds_count'))['']! - before.compiled['']!).toBe(3)
  expect((await samples('apiserver_cel_evaluation_duration_seconds_count'))['']! - before.run['']!).toBe(3)
})

describe('validation', () => {
  const isSmall = { validations: [{ expression: 'int(object.data.size) < 3', message: 'too large', reason: 'RequestEntityTooLarge' }] }

  test('in the words of the policy, for creates and updates', async () => {
    const name = await enforce('Validating', isSmall)
    expect(await create({ size: '2' })).toMatchObject({ status: 201 })
    const { status, object } = await create({ size: '3' })
    expect([status, object.reason, object.message]).toEqual([
      413,
      'RequestEntityTooLarge',
      expect.stringMatching(
        new RegExp(`^configmaps "m\\d+" is forbidden: ValidatingAdmissionPolicy '${name}' with binding '${name}' denied request: too large$`),
      ),
    ])
  })

  test('warnings and the audit log instead', async () => {
    const name = await enforce(
      'Validating',
      { ...isSmall, auditAnnotations: [{ key: 'size', valueExpression: "'is ' + object.data.size" }] },
      { validationActions: ['Warn', 'Audit'] },
    )
    expect(await create({ size: '9' })).toMatchObject({
      status: 201,
      warnings: `299 - "Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${name}': too large"`,
    })
    const { annotations } = api.events().findLast(({ objectRef }) => objectRef?.resource === 'configmaps')!
    expect(annotations).toMatchObject({ [`${name}/size`]: 'is 9' })
    expect(JSON.parse(annotations!['validation.policy.admission.k8s.io/validation_failure']!)).toEqual([
      { message: 'too large', policy: name, binding: name, expressionIndex: 0, validationActions: ['Warn', 'Audit'] },
    ])
  })

  test('with parameters, each of which must agree', async () => {
    const param = (name: string, max: string) =>
      send('POST /api/v1/namespaces/params/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { is: 'limit' } }, data: { max } })
    await enforce(
      'Validating',
      {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConditions: [{ name: 'sized', expression: 'has(object.data.size)' }],
        variables: [{ name: 'max', expression: 'int(params.data.max)' }],
        validations: [{ expression: 'int(object.data.size) <= variables.max', messageExpression: "'at most ' + string(variables.max)" }],
      },
      {
        paramRef: { namespace: 'params', selector: { matchLabels: { is: 'limit' } }, parameterNotFoundAction: 'Deny' },
        matchResources: { namespaceSelector: { matchLabels: { team: 'ns' } } },
      },
    )
    expect((await create({ size: '1' })).object.message).toContain('no params found for policy binding with `Deny` parameterNotFoundAction')
    await param('wide', '10')
    expect(await create({ size: '9' })).toMatchObject({ status: 201 })
    await param('tight', '5')
    expect((await create({ size: '9' })).object.message).toContain('denied request: at most 5')
    expect(await create({ size: '5' })).toMatchObject({ status: 201 })
  })

  test('of another version of the same object, unless the policy wants exactly its own', async () => {
    const hpa = () =>
      send('POST /apis/autoscaling/v2/namespaces/ns/horizontalpodautoscalers', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: `h${made++}` },
        spec: {
          maxReplicas: 3,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
        },
      })
    const old = [rule('horizontalpodautoscalers', 'autoscaling', 'v1')]
    const spec = { validations: [{ expression: 'object.spec.targetCPUUtilizationPercentage != 60', messageExpression: 'string(object.apiVersion)' }] }
    await enforce('Validating', { ...spec, matchConstraints: { resourceRules: old, matchPolicy: 'Exact' } })
    expect(await hpa()).toMatchObject({ status: 201 })
    await enforce('Validating', spec, {}, old)
    expect((await hpa()).object.message).toContain('denied request: autoscaling/v1')
  })

  test('only where the binding says', async () => {
    await enforce(
      'Validating',
      { validations: [{ expression: 'false' }] },
      { matchResources: { namespaceSelector: { matchLabels: { team: 'params' } }, objectSelector: { matchLabels: { strict: 'yes' } } } },
    )
    expect(await create({}, { strict: 'yes' })).toMatchObject({ status: 201 })
    const at = async (labels: object) =>
      (await send('POST /api/v1/namespaces/params/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `m${made++}`, labels } })).status
    expect([await at({}), await at({ strict: 'yes' })]).toEqual([201, 422])
  })

  test('asks the authorizer about the user', async () => {
    await enforce('Validating', {
      validations: [{ expression: "authorizer.group('').resource('secrets').namespace('ns').check('get').allowed()", message: 'secret keepers only' }],
    })
    await send('POST /apis/rbac.authorization.k8s.io/v1/namespaces/ns/roles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'maker' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }],
    })
    await send('POST /apis/rbac.authorization.k8s.io/v1/namespaces/ns/rolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'makers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'maker' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
    })
    expect(await create({})).toMatchObject({ status: 201 })
    expect((await create({}, {}, 'bob')).object.message).toContain('secret keepers only')
  })

  test('that fails is what failurePolicy says', async () => {
    const broken = { validations: [{ expression: 'object.data.missing == "x"' }] }
    await enforce('Validating', { ...broken, failurePolicy: 'Ignore' })
    expect(await create({})).toMatchObject({ status: 201 })
    await enforce('Validating', { ...broken, failurePolicy: 'Fail' })
    expect((await create({ a: 'b' })).object.message).toContain('expression \'object.data.missing == "x"\' resulted in error: no such key: missing')
  })

  test('that costs too much ends, and the server answers others meanwhile', async () => {
    const digits = '[0,1,2,3,4,5,6,7,8,9]'
    const loops = (depth: number, body: string): string => (depth === 0 ? body : `${digits}.all(x${depth}, ${loops(depth - 1, body)})`)
    await enforce('Validating', { validations: [{ expression: loops(8, 'object.data.a == "b"') }] })
    expect((await create({ a: 'b' })).object.message).toContain('operation cancelled: actual cost limit exceeded')
    await api.call(`DELETE ${group}/validatingadmissionpolicies`)
    // Each is cheap enough, all together are not.
    const validations = Array.from({ length: 40 }, (_, i) => ({ expression: `${i} >= 0 && ${loops(5, 'object.data.a == "b"')}` }))
    await enforce('Validating', { validations })
    const answers: number[] = []
    const creating = create({ a: 'b' }).then(({ object }) => (answers.push(2), object))
    const reading = api.call('GET /version').then(() => answers.push(1))
    await reading
    expect((await creating).message).toContain('validation failed due to running out of cost budget, no further validation rules will be run')
    expect(answers).toEqual([1, 2])
  })
})

describe('mutation', () => {
  test('applies a configuration, then a patch, of what the one before has made', async () => {
    await enforce('Mutating', {
      mutations: [
        { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{metadata: Object.metadata{labels: {"from": object.data.a}}}' } },
        {
          patchType: 'JSONPatch',
          jsonPatch: {
            expression: '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/x"), value: object.metadata.labels.from + ".2"}]',
          },
        },
      ],
    })
    const { status, object } = await create({ a: '1' }, { kept: 'yes' })
    expect([status, object.metadata.labels]).toEqual([201, { kept: 'yes', from: '1', 'example.com/x': '1.2' }])
  })

  test('of pods, whose lists are merged by key', async () => {
    await enforce(
      'Mutating',
      {
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: {
              expression:
                'Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, env: [Object.spec.containers.env{name: "FROM", value: variables.from}]}), initContainers: [Object.spec.initContainers{name: "sidecar", image: "mesh", restartPolicy: "Always"}]}}',
            },
          },
        ],
        variables: [{ name: 'from', expression: "request.namespace + '/' + object.metadata.name" }],
        matchConditions: [{ name: 'once', expression: "!object.spec.?initContainers.orValue([]).exists(c, c.name == 'sidecar')" }],
      },
      {},
      [{ ...rule('pods'), operations: ['CREATE'] }],
    )
    await send('POST /api/v1/namespaces/ns/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })
    const { status, object } = await send('POST /api/v1/namespaces/ns/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        containers: [
          { name: 'a', image: 'i', env: [{ name: 'OWN', value: '1' }] },
          { name: 'b', image: 'j' },
        ],
      },
    })
    expect(status).toBe(201)
    expect(object.spec).toMatchObject({
      containers: [
        {
          name: 'a',
          image: 'i',
          env: [
            { name: 'OWN', value: '1' },
            { name: 'FROM', value: 'ns/p' },
          ],
        },
        { name: 'b', image: 'j', env: [{ name: 'FROM', value: 'ns/p' }] },
      ],
      initContainers: [{ name: 'sidecar', image: 'mesh', restartPolicy: 'Always' }],
    })
  })
})

test('what is not met is counted, by what is done about it', async () => {
  const name = await enforce('Validating', { validations: [{ expression: "object.data.key == 'good'" }] }, { validationActions: ['Warn', 'Audit'] })
  const lenient = await enforce('Validating', { failurePolicy: 'Ignore', validations: [{ expression: "object.data.missing == 'x'" }] })
  expect((await create({ key: 'bad' })).status).toBe(201)
  expect((await create({ key: 'good' })).status).toBe(201)
  const { body } = await api.call('GET /metrics', {})
  const counts = body.split('\n').filter((line) => line.startsWith('apiserver_validating_admission_policy_check_total{') && /p\d+"/.test(line))
  const of = (policy: string, action: string, count: number) =>
    `apiserver_validating_admission_policy_check_total{enforcement_action="${action}",error_type="invalid_error",policy="${policy}",policy_binding="${policy}"} ${count}`
  const own = counts.filter((line) => line.includes(`"${name}"`) || line.includes(`"${lenient}"`))
  expect(own.toSorted()).toEqual([of(name, 'audit', 1), of(name, 'warn', 1), of(lenient, 'allow', 2)].toSorted())
})
