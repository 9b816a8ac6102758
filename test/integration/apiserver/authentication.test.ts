// Who one is, end to end: an API server over TLS, an OpenID issuer and a token webhook that it asks.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { confuse, encode, type FakeKey, fakeKey, jwksOf, signJwt } from '../../../src/apiserver/authn/fake/jwt.ts'
import { eventually } from '../../support/eventually.ts'
import { issuer, kubeconfig, newWorkplace, startServer, startService, type Workplace } from './identity-server.ts'

type Server = Awaited<ReturnType<typeof startServer>>
const unauthorized = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'Unauthorized',
  reason: 'Unauthorized',
  code: 401,
}
const who = 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews'
const review = { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' }
const nowS = () => Math.floor(Date.now() / 1000)

let work: Workplace
beforeAll(async () => void (work = await newWorkplace()))
afterAll(() => work.remove())

const userOf = async (server: Server, token: string, headers = {}) => {
  const { status, body } = await server.send(token, who, review, headers)
  return status === 201 ? (body.status!['userInfo'] as { username: string; groups: string[]; extra?: Record<string, string[]> }) : { status, body }
}

describe('an OpenID issuer', () => {
  const keys: FakeKey[] = [fakeKey('ES256', 'first')]
  let provider: Awaited<ReturnType<typeof startService>>
  beforeAll(async () => {
    provider = await startService(work.pki, (path) =>
      path === '/keys' ? jwksOf(...keys) : path.startsWith('/.well-known') ? { issuer: provider.url, jwks_uri: `${provider.url}/keys` } : undefined,
    )
  })
  afterAll(() => provider.close())
  const claims = () => ({ iss: provider.url, aud: 'kubernetes', sub: 'alice', groups: ['dev'], hd: 'example.com', exp: nowS() + 300 })

  test('of the flags: its users have its prefix and their groups; rotated keys are found', async () => {
    const caFile = await work.file('ca.pem', work.ca)
    const flags = {
      'issuer-url': provider.url,
      'client-id': 'kubernetes',
      'ca-file': caFile,
      'groups-claim': 'groups',
      'groups-prefix': 'g:',
      'required-claim': 'hd=example.com',
      'signing-algs': 'ES256,PS256',
    }
    const server = await startServer(
      work,
      Object.entries(flags).flatMap(([name, value]) => [`--oidc-${name}`, value]),
      'admin,admin,1,"system:masters"\n',
    )
    try {
      await eventually(async () => {
        expect(await userOf(server, signJwt(keys[0]!, claims()))).toMatchObject({
          username: `${provider.url}#alice`,
          groups: ['g:dev', 'system:authenticated'],
        })
      })
      const next = fakeKey('PS256', 'second')
      keys.splice(0, 1, next)
      expect(await userOf(server, signJwt(next, claims()))).toMatchObject({ username: `${provider.url}#alice` })
      for (const bad of [
        signJwt(fakeKey('PS256', 'second'), claims()),
        signJwt(fakeKey('RS256', 'second'), claims()),
        signJwt(next, { ...claims(), hd: 'elsewhere' }),
        signJwt(next, { ...claims(), exp: nowS() - 1 }),
        signJwt(next, { ...claims(), aud: 'other' }),
        confuse(next, claims(), 'pem'),
        `${encode({ alg: 'none' })}.${encode(claims())}.`,
      ])
        expect(await server.send(bad, who, review)).toEqual({ status: 401, body: unauthorized })
      const asked = { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token: signJwt(next, { ...claims(), aud: 'other' }) } }
      const { body } = await server.send('admin', 'POST /apis/authentication.k8s.io/v1/tokenreviews', asked)
      expect(body.status).toEqual({ user: {}, error: '[invalid bearer token, oidc: verify token: oidc: expected audience in ["kubernetes"] got ["other"]]' })
    } finally {
      await server.stop()
    }
  })

  test('of a file: read again when it changes; a broken file changes nothing; anonymous requests only where it says', async () => {
    const configuration = (prefix: string, more = {}) =>
      JSON.stringify({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AuthenticationConfiguration',
        anonymous: { enabled: true, conditions: [{ path: '/livez' }, { path: '/readyz' }] },
        jwt: [
          {
            issuer: { url: provider.url, audiences: ['kubernetes'], certificateAuthority: work.ca },
            claimMappings: { username: { claim: 'sub', prefix } },
            ...more,
          },
        ],
      })
    const file = await work.file('authentication.json', configuration('one:'))
    const server = await startServer(work, ['--authentication-config', file], '')
    try {
      const token = signJwt(keys[0]!, claims())
      await eventually(async () => expect(await userOf(server, token)).toMatchObject({ username: 'one:alice', groups: ['system:authenticated'] }))
      expect((await server.send('', 'GET /livez')).status).toBe(200)
      expect(await server.send('', 'GET /version')).toEqual({ status: 401, body: unauthorized })
      await work.file('authentication.json', configuration('two:'))
      await eventually(async () => expect(await userOf(server, signJwt(keys[0]!, claims()))).toMatchObject({ username: 'two:alice' }))
      const expressions = {
        claimMappings: {
          username: { expression: "'cel:' + claims.sub" },
          groups: { expression: "claims.?roles.orValue([]).map(r, 'role:' + r)" },
          extra: [{ key: 'example.com/issuer', valueExpression: 'claims.iss' }],
        },
        userValidationRules: [{ expression: "!('role:banned' in user.groups)", message: 'banned' }],
      }
      await work.file('authentication.json', configuration('', expressions))
      await eventually(async () =>
        expect(await userOf(server, signJwt(keys[0]!, { ...claims(), roles: ['dev'] }))).toMatchObject({
          username: 'cel:alice',
          groups: ['role:dev', 'system:authenticated'],
          extra: { 'example.com/issuer': [provider.url] },
        }),
      )
      expect((await server.send(signJwt(keys[0]!, { ...claims(), roles: ['banned'] }), who, review)).status).toBe(401)
      await work.file('authentication.json', configuration('', { ...expressions, userValidationRules: [{ expression: 'user.username' }] }))
      const refusal = 'jwt[0].userValidationRules[0].expression: Invalid value: "user.username": must evaluate to bool'
      await eventually(() => expect(server.errors.join()).toContain(refusal))
      expect(await userOf(server, signJwt(keys[0]!, claims()))).toMatchObject({ username: 'cel:alice' })
      await work.file('authentication.json', configuration('', { issuer: { url: provider.url, audiences: ['kubernetes'] } }))
      // Without its authority the issuer is not trusted any more.
      await eventually(async () => expect((await server.send(signJwt(keys[0]!, claims()), who, review)).status).toBe(401))
    } finally {
      await server.stop()
    }
  })

  test.each([
    [{ issuer: { url: 'http://x', audiences: ['a'] } }, 'jwt[0].issuer.url: Invalid value: "http://x": URL scheme must be https'],
    [
      { claimMappings: { username: { expression: 'claims.email' } } },
      'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used in',
    ],
    [{ issuer: { url: issuer, audiences: ['a'] } }, 'URL must not overlap with disallowed issuers'],
  ])('that cannot be used ends the start: %o', async (over, message) => {
    const jwt = { issuer: { url: provider.url, audiences: ['a'] }, claimMappings: { username: { claim: 'sub', prefix: '' } }, ...over }
    const file = await work.file('bad.json', JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt: [jwt] }))
    await expect(startServer(work, ['--authentication-config', file], '')).rejects.toThrow(message)
  })

  test('flags and files exclude each other', async () => {
    await expect(startServer(work, ['--authentication-config', '/x', '--oidc-issuer-url', 'https://x'], '')).rejects.toThrow('mutually exclusive')
    await expect(startServer(work, ['--oidc-issuer-url', 'https://x'], '')).rejects.toThrow('must be specified together')
    await expect(startServer(work, ['--service-account-max-token-expiration', '10m'], '')).rejects.toThrow('must be between 1 hour and 2^32 seconds')
  })
})

test('a token webhook: asked once, over a transient failure, and closed without it', async () => {
  const asked: { spec: { token: string } }[] = []
  let failures = 2
  const hook = await startService(work.pki, (path, body, headers) => {
    if (path !== '/tokens' || headers['authorization'] !== 'Bearer from-the-api-server') return undefined
    if (failures-- > 0) return undefined
    const { spec } = JSON.parse(body) as { spec: { token: string } }
    asked.push({ spec })
    return {
      status:
        spec.token === 'good'
          ? { authenticated: true, user: { username: 'hooked', groups: ['dev'], extra: { scopes: ['a'] } } }
          : { authenticated: false, error: 'never heard of' },
    }
  })
  const file = await work.file('hook.kubeconfig', kubeconfig(`${hook.url}/tokens`, work.ca))
  const server = await startServer(
    work,
    ['--authentication-token-webhook-config-file', file, '--authentication-token-webhook-version', 'v1', '--authentication-token-webhook-cache-ttl', '1h'],
    'admin,admin,1,"system:masters"\n',
  )
  try {
    expect(await userOf(server, 'good')).toEqual({ username: 'hooked', groups: ['dev', 'system:authenticated'], extra: { scopes: ['a'] } })
    await userOf(server, 'good')
    expect(asked).toHaveLength(1)
    expect(await server.send('bad', who, review)).toEqual({ status: 401, body: unauthorized })
    const spec = { token: 'bad' }
    const { body } = await server.send('admin', 'POST /apis/authentication.k8s.io/v1/tokenreviews', {
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      spec,
    })
    expect(body.status).toEqual({ user: {}, error: '[invalid bearer token, never heard of]' })
    await hook.close()
    expect(await userOf(server, 'good')).toMatchObject({ username: 'hooked' })
    expect(await server.send('other', who, review)).toEqual({ status: 401, body: unauthorized })
  } finally {
    await server.stop()
  }
})

describe('service account tokens', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer(
      work,
      ['--service-account-extend-token-expiration', 'false', '--service-account-max-token-expiration', '2h'],
      'admin,admin,1,"system:masters"\n',
    )
    await server.send('admin', 'POST /api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'robot' } })
  })
  afterAll(() => server.stop())
  const ask = (spec: object) =>
    server.send('admin', 'POST /api/v1/namespaces/default/serviceaccounts/robot/token', { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec })
  const create = async (kind: 'Pod' | 'Secret' | 'Node') => {
    const spec = { serviceAccountName: 'robot', automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] }
    const path = kind === 'Node' ? '/api/v1/nodes' : `/api/v1/namespaces/default/${kind.toLowerCase()}s`
    const { status, body } = await server.send('admin', `POST ${path}`, { metadata: { name: 'bound' }, ...(kind === 'Pod' ? { spec } : {}) })
    expect([status, body.message]).toEqual([201, undefined])
    return { path: `${path}/bound`, uid: (body['metadata'] as { uid: string }).uid }
  }

  test.each(['Pod', 'Secret', 'Node'] as const)('end with their %s at once, also when there is another of that name', async (kind) => {
    const { path, uid } = await create(kind)
    const token = (await ask({ boundObjectRef: { apiVersion: 'v1', kind, name: 'bound', uid } })).body.status!.token!
    expect(await userOf(server, token)).toMatchObject({ username: 'system:serviceaccount:default:robot' })
    expect((await server.send('admin', `DELETE ${path}?gracePeriodSeconds=0`)).status).toBe(200)
    expect(await server.send(token, who, review)).toEqual({ status: 401, body: unauthorized })
    await create(kind)
    expect(await server.send(token, who, review)).toEqual({ status: 401, body: unauthorized })
    expect((await ask({ boundObjectRef: { apiVersion: 'v1', kind, name: 'bound', uid } })).status).toBe(409)
    await server.send('admin', `DELETE ${path}?gracePeriodSeconds=0`)
    expect((await ask({ boundObjectRef: { apiVersion: 'v1', kind, name: 'bound' } })).status).toBe(404)
  })

  test('end with their account', async () => {
    await server.send('admin', 'POST /api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'brief' } })
    const made = await server.send('admin', 'POST /api/v1/namespaces/default/serviceaccounts/brief/token', {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      spec: {},
    })
    const token = made.body.status!.token!
    const { extra } = (await userOf(server, token)) as { extra: Record<string, string[]> }
    expect(extra['authentication.kubernetes.io/credential-id']![0]).toMatch(/^JTI=[0-9a-f-]{36}$/)
    await server.send('admin', 'DELETE /api/v1/namespaces/default/serviceaccounts/brief')
    expect(await server.send(token, who, review)).toEqual({ status: 401, body: unauthorized })
  })

  test.each([
    [
      { expirationSeconds: 599 },
      422,
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
    ],
    [{ expirationSeconds: 2 ** 32 + 1 }, 422, 'may not specify a duration larger than 2^32 seconds'],
    [{ boundObjectRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'x' } }, 400, 'cannot bind token to object of type /v1, Kind=ConfigMap'],
  ])('that cannot be asked for: %o', async (spec, status, message) => {
    const answer = await ask(spec)
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(message)])
  })

  test('live no longer than the server allows, and as long as they say', async () => {
    const spanOf = (token: string) => {
      const { exp, iat } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number; iat: number }
      return exp - iat
    }
    const long = (await ask({ expirationSeconds: 86_400 })).body
    expect(spanOf(long.status!.token!)).toBe(7200)
    expect((long['spec'] as { expirationSeconds: number }).expirationSeconds).toBe(7200)
    const { path } = await create('Pod')
    expect(spanOf((await ask({ expirationSeconds: 3607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'bound' } })).body.status!.token!)).toBe(3607)
    await server.send('admin', `DELETE ${path}?gracePeriodSeconds=0`)
  })

  test('for others are not for the API server', async () => {
    const token = (await ask({ audiences: ['vault'] })).body.status!.token!
    expect((await server.send(token, who, review)).status).toBe(401)
    const reviewed = await server.send('admin', 'POST /apis/authentication.k8s.io/v1/tokenreviews', {
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      spec: { token, audiences: ['vault', 'x'] },
    })
    expect(reviewed.body.status).toMatchObject({ authenticated: true, audiences: ['vault'] })
  })

  test('headers of a proxy or a stranger make nobody', async () => {
    for (const headers of [
      { 'x-remote-user': 'root', 'x-remote-group': 'system:masters' },
      { 'X-Remote-User': 'root', 'X-Remote-Extra-Scopes': 'all' },
      { x_remote_user: 'root', 'x-forwarded-user': 'root' },
    ])
      expect(await userOf(server, '', headers)).toMatchObject({
        status: 403,
        body: { message: expect.stringContaining('User "system:anonymous" cannot create') },
      })
    const { status, body } = await server.send('', who, review, { 'impersonate-user': 'root', 'impersonate-group': 'system:masters' })
    expect([status, body.message]).toEqual([403, expect.stringContaining('cannot impersonate')])
  })
})
