// Who may do what, end to end: an API server over TLS and an authorization webhook that it asks.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { kubeconfig, newWorkplace, startServer, startService, type Workplace } from './identity-server.ts'

type Server = Awaited<ReturnType<typeof startServer>>
const users = 'admin,admin,1,"system:masters"\nalice,alice,2,dev\nmallory,mallory,3\n'
const rbac = 'rbac.authorization.k8s.io'

let work: Workplace
beforeAll(async () => void (work = await newWorkplace()))
afterAll(() => work.remove())

describe('a webhook', () => {
  interface Spec {
    readonly user: string
    readonly resourceAttributes?: { readonly verb: string; readonly resource: string; readonly namespace?: string; readonly fieldSelector?: object }
  }
  const asked: Spec[] = []
  let isDown = false
  let hook: Awaited<ReturnType<typeof startService>>
  beforeAll(async () => {
    hook = await startService(work.pki, (_path, body) => {
      if (isDown) return undefined
      const { spec } = JSON.parse(body) as { spec: Spec }
      asked.push(spec)
      const { verb, resource } = spec.resourceAttributes ?? {}
      if (resource === 'secrets') return { status: { allowed: false, denied: true, reason: 'secrets are secret' } }
      return { status: { allowed: verb === 'list', reason: verb === 'list' ? 'reading is free' : 'not here' } }
    })
  })
  afterAll(() => hook.close())
  const webhook = (over: object) => ({
    type: 'Webhook',
    name: 'hook',
    webhook: {
      timeout: '3s',
      subjectAccessReviewVersion: 'v1',
      failurePolicy: 'Deny',
      connectionInfo: { type: 'KubeConfigFile' },
      ...over,
    },
  })
  const configuration = async (over: object = {}, ...others: object[]) => {
    const kubeConfigFile = await work.file('hook.kubeconfig', kubeconfig(hook.url, work.ca))
    const connectionInfo = { type: 'KubeConfigFile', kubeConfigFile }
    return JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AuthorizationConfiguration',
      authorizers: [webhook({ connectionInfo, ...over }), ...others],
    })
  }

  test('of a file decides before RBAC, for requests, reviews and impersonation; the file is read again', async () => {
    const file = await work.file('authorization.json', await configuration({}, { type: 'RBAC', name: 'rbac' }))
    const server = await startServer(work, ['--authorization-config', file], users)
    try {
      const list = 'GET /api/v1/namespaces/default/pods?fieldSelector=spec.nodeName%3Dn1'
      expect((await server.send('alice', list)).status).toBe(200)
      expect(asked.at(-1)).toMatchObject({
        user: 'alice',
        groups: ['dev', 'system:authenticated'],
        resourceAttributes: {
          verb: 'list',
          resource: 'pods',
          namespace: 'default',
          fieldSelector: { requirements: [{ key: 'spec.nodeName', operator: 'In', values: ['n1'] }] },
        },
      })
      const before = asked.length
      await server.send('alice', list)
      expect(asked).toHaveLength(before)
      expect((await server.send('alice', 'DELETE /api/v1/namespaces/default/pods/p')).body.message).toBe(
        'pods "p" is forbidden: User "alice" cannot delete resource "pods" in API group "" in the namespace "default": not here',
      )
      // A refusal of the webhook is final, whatever RBAC says; masters come before it.
      const binding = {
        metadata: { name: 'alice' },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'User', name: 'alice', apiGroup: rbac }],
      }
      expect((await server.send('admin', `POST /apis/${rbac}/v1/clusterrolebindings`, binding)).status).toBe(201)
      await eventually(async () => expect((await server.send('alice', 'DELETE /api/v1/namespaces/default/pods/p')).status).toBe(404))
      expect((await server.send('alice', 'GET /api/v1/secrets')).body.message).toContain('secrets are secret')
      expect((await server.send('admin', 'GET /api/v1/secrets')).status).toBe(200)
      const spec = { user: 'mallory', resourceAttributes: { verb: 'get', resource: 'secrets' } }
      const { body } = await server.send('admin', 'POST /apis/authorization.k8s.io/v1/subjectaccessreviews', { spec })
      expect(body.status).toEqual({ allowed: false, denied: true, reason: 'secrets are secret' })
      expect((await server.send('mallory', list, undefined, { 'impersonate-user': 'alice' })).status).toBe(403)
      expect((await server.send('alice', 'GET /api/v1/namespaces/default/pods', undefined, { 'impersonate-user': 'mallory' })).status).toBe(200)

      const when = (expression: string) =>
        configuration({ matchConditions: [{ expression }], matchConditionSubjectAccessReviewVersion: 'v1' }, { type: 'RBAC', name: 'rbac' })
      await work.file('authorization.json', await when('request.nothing'))
      await eventually(() => expect(server.errors.join()).toContain("undefined field 'nothing'"))
      expect((await server.send('alice', 'GET /api/v1/secrets')).status).toBe(403)
      // Where the webhook is not asked, the next one decides.
      await work.file('authorization.json', await when("!has(request.resourceAttributes) || request.resourceAttributes.resource != 'secrets'"))
      await eventually(async () => expect((await server.send('alice', 'GET /api/v1/secrets')).status).toBe(200))
      await work.file(
        'authorization.json',
        JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers: [{ type: 'RBAC', name: 'rbac' }] }),
      )
      await eventually(async () => expect((await server.send('alice', 'GET /api/v1/secrets')).status).toBe(200))
    } finally {
      await server.stop()
    }
  })

  test.each([
    ['Deny', 403],
    ['NoOpinion', 200],
  ])('that does not answer, failure policy %s, RBAC would allow: %d', async (failurePolicy, expected) => {
    const file = await work.file(
      'authorization.json',
      await configuration({ failurePolicy, authorizedTTL: '1ms', unauthorizedTTL: '1ms' }, { type: 'AlwaysAllow', name: 'all' }),
    )
    const server = await startServer(work, ['--authorization-config', file], users)
    isDown = true
    try {
      expect((await server.send('alice', 'GET /api/v1/namespaces/default/pods')).status).toBe(expected)
    } finally {
      isDown = false
      await server.stop()
    }
  })

  test('of flags', async () => {
    const file = await work.file('hook.kubeconfig', kubeconfig(hook.url, work.ca))
    const server = await startServer(work, ['--authorization-mode', 'Webhook', '--authorization-webhook-config-file', file], users)
    try {
      expect((await server.send('alice', 'GET /api/v1/namespaces/default/pods')).status).toBe(200)
      expect((await server.send('alice', 'GET /api/v1/namespaces/default/pods/p')).status).toBe(403)
      expect(asked.at(-1)).toMatchObject({ user: 'alice', group: ['dev', 'system:authenticated'] })
    } finally {
      await server.stop()
    }
  })
})

test('policies of a file (ABAC)', async () => {
  const file = await work.file(
    'policies.jsonl',
    '# readers\n{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"alice","namespace":"default","resource":"pods","readonly":true}}\n',
  )
  const server = await startServer(work, ['--authorization-mode', 'ABAC', '--authorization-policy-file', file], users)
  try {
    expect((await server.send('alice', 'GET /api/v1/namespaces/default/pods')).status).toBe(200)
    expect((await server.send('alice', 'DELETE /api/v1/namespaces/default/pods/p')).body.message).toContain('No policy matched.')
    expect((await server.send('mallory', 'GET /api/v1/namespaces/default/pods')).status).toBe(403)
    expect((await server.send('alice', 'POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'default' } })).status).toBe(403)
  } finally {
    await server.stop()
  }
})

test.each([
  [['--authorization-mode', 'Magic'], 'authorization-mode "Magic" is not a valid mode'],
  [['--authorization-mode', 'RBAC,RBAC'], 'has mode specified more than once'],
  [['--authorization-mode', 'ABAC'], "authorization-mode ABAC's authorization policy file not passed"],
  [['--authorization-mode', 'Webhook'], "authorization-mode Webhook's authorization config file not passed"],
  [['--authorization-mode', 'RBAC', '--authorization-webhook-config-file', '/x'], 'cannot specify --authorization-webhook-config-file without mode Webhook'],
  [
    ['--authorization-mode', 'RBAC', '--authorization-config', '/x'],
    '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
  ],
])('flags that cannot be used end the start: %o', async (flags, message) => {
  await expect(startServer(work, flags, users)).rejects.toThrow(message)
})

describe('nobody grants what he does not hold, with any verb', () => {
  let server: Server
  const base = `/apis/${rbac}/v1/namespaces/default`
  const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]
  const podReader = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
  const role = (name: string, rules: object[]) => ({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name }, rules })
  const binding = (name: string, to: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: 'Role', name: to },
    subjects: [{ kind: 'User', name: 'alice', apiGroup: rbac }],
  })
  beforeAll(async () => {
    server = await startServer(work, [], users)
    const rights = [{ apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: ['*'] }, ...podReader]
    // `*` holds escalate and bind, too: name the verbs.
    rights[0] = { apiGroups: [rbac], resources: ['roles', 'rolebindings'], verbs: ['get', 'list', 'create', 'update', 'patch', 'delete'] }
    const send = (path: string, object: object) => server.send('admin', `POST ${path}`, object)
    await send(`${base}/roles`, role('writer', rights))
    await send(`${base}/rolebindings`, binding('writer', 'writer'))
    await send(`${base}/roles`, role('secrets', secrets))
    await send(`${base}/roles`, role('own', podReader))
    await send(`${base}/rolebindings`, binding('own', 'own'))
    await eventually(async () => expect((await server.send('alice', `GET ${base}/roles`)).status).toBe(200))
  })
  afterAll(() => server.stop())
  const apply = { 'content-type': 'application/apply-patch+yaml' }

  test.each<[string, string, object, Record<string, string>?]>([
    ['create', `POST ${base}/roles`, role('new', secrets)],
    ['update', `PUT ${base}/roles/own`, role('own', secrets)],
    ['merge patch', `PATCH ${base}/roles/own`, { rules: secrets }],
    ['JSON patch', `PATCH ${base}/roles/own`, [{ op: 'replace', path: '/rules', value: secrets }], { 'content-type': 'application/json-patch+json' }],
    ['strategic patch', `PATCH ${base}/roles/own`, { rules: secrets }, { 'content-type': 'application/strategic-merge-patch+json' }],
    ['apply to what is there', `PATCH ${base}/roles/own?fieldManager=m&force=true`, role('own', secrets), apply],
    ['apply of what is new', `PATCH ${base}/roles/applied?fieldManager=m`, role('applied', secrets), apply],
    ['update of what is new', `PUT ${base}/roles/put`, role('put', secrets)],
    ['dry run', `POST ${base}/roles?dryRun=All`, role('dry', secrets)],
    ['a binding: create', `POST ${base}/rolebindings`, binding('new', 'secrets')],
    ['a binding: apply', `PATCH ${base}/rolebindings/applied?fieldManager=m`, binding('applied', 'secrets'), apply],
    [
      'a binding of an admin: create',
      `POST ${base}/rolebindings`,
      { ...binding('new', ''), roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' } },
    ],
  ])('%s', async (_, line, object, headers = {}) => {
    const { status, body } = await server.send('alice', line, object, headers)
    expect([status, body.message]).toEqual([
      403,
      expect.stringContaining('user "alice" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:'),
    ])
  })

  test('what he holds he may grant; what he may escalate or bind, too', async () => {
    expect((await server.send('alice', `POST ${base}/roles`, role('pods', podReader))).status).toBe(201)
    expect((await server.send('alice', `POST ${base}/rolebindings`, binding('pods', 'pods'))).status).toBe(201)
    const rights = [
      { apiGroups: [rbac], resources: ['roles'], verbs: ['escalate'] },
      { apiGroups: [rbac], resources: ['roles'], verbs: ['bind'], resourceNames: ['secrets'] },
    ]
    await server.send('admin', `POST ${base}/roles`, role('more', rights))
    await server.send('admin', `POST ${base}/rolebindings`, binding('more', 'more'))
    await eventually(async () => expect((await server.send('alice', `POST ${base}/rolebindings?dryRun=All`, binding('bound', 'secrets'))).status).toBe(201))
    expect((await server.send('alice', `POST ${base}/roles?dryRun=All`, role('escalated', secrets))).status).toBe(201)
  })

  test.each<[string, Record<string, string | string[]>, string]>([
    ['a user', { 'impersonate-user': 'admin' }, 'cannot impersonate'],
    ['a group, through a name he may use', { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' }, 'groups "system:masters" is forbidden'],
    ['a uid', { 'impersonate-user': 'bob', 'impersonate-uid': '7' }, 'uids'],
    ['extra', { 'impersonate-user': 'bob', 'impersonate-extra-scopes': 'all' }, 'userextras/scopes'],
    ['a service account', { 'impersonate-user': 'system:serviceaccount:kube-system:default' }, 'cannot impersonate'],
    ['a node', { 'impersonate-user': 'system:node:n1' }, 'cannot impersonate'],
    ['in odd spelling', { 'IMPERSONATE-USER': 'admin' }, 'cannot impersonate'],
    ['twice', { 'impersonate-user': ['bob', 'admin'] }, 'cannot impersonate'],
  ])('he does not become %s', async (_, headers, message) => {
    const rights = [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['bob'] }]
    await server.send('admin', `POST /apis/${rbac}/v1/clusterroles`, { ...role('as-bob', rights), kind: 'ClusterRole' })
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name: 'as-bob' }
    await server.send('admin', `POST /apis/${rbac}/v1/clusterrolebindings`, { ...binding('as-bob', ''), kind: 'ClusterRoleBinding', roleRef })
    const asBob = { 'impersonate-user': 'bob' }
    const whoAmI = 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews'
    await eventually(async () => expect((await server.send('alice', whoAmI, {}, asBob)).status).toBe(201))
    const { status, body } = await server.send('alice', whoAmI, {}, headers)
    expect([status, body.message]).toEqual([403, expect.stringContaining(message)])
  })
})
