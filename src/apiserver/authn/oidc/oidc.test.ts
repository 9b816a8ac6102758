import { describe, expect, test } from 'vitest'
import { silentLogger as logger } from '../../../component-base/logger.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import type { HttpsAnswer, HttpsRequest } from '../../webhook/https-client.ts'
import type { JwtIssuerConfiguration } from '../config/authentication-configuration.ts'
import { confuse, encode, type FakeKey, fakeKey, jwksOf, signJwt } from '../fake/jwt.ts'
import { type JwsAlgorithm, jwsAlgorithms } from '../jws.ts'
import { userOfClaims } from './claims.ts'
import { JwtIssuers } from './jwt-issuers.ts'

const url = 'https://issuer.example.com'
const other = 'https://other.example.com'

/** A web of issuers; a page that is an Error is not reached. */
function web() {
  const pages = new Map<string, object | string | Error>()
  const asked: HttpsRequest[] = []
  const send = async (request: HttpsRequest): Promise<HttpsAnswer> => {
    asked.push(request)
    const page = pages.get(request.url)
    if (page instanceof Error) throw page
    return { status: page === undefined ? 404 : 200, headers: {}, body: typeof page === 'string' ? page : JSON.stringify(page ?? {}) }
  }
  const publish = (issuer: string, ...keys: readonly FakeKey[]) => {
    pages.set(`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: `${issuer}/keys` })
    pages.set(`${issuer}/keys`, jwksOf(...keys))
  }
  const fetches = (of: string) => asked.filter((request) => request.url === of).length
  return { pages, asked, publish, fetches, client: { send, close() {} } }
}

function relyingParty(over: Partial<JwtIssuerConfiguration> = {}, keys: readonly FakeKey[] = [fakeKey()]) {
  const net = web()
  net.publish(url, ...keys)
  const clock = new FakeClock()
  const issuers = new JwtIssuers({ newHttpsClient: () => net.client, apiAudiences: ['api'], clock, logger })
  const configuration: JwtIssuerConfiguration = {
    url,
    audiences: ['me'],
    signingAlgorithms: jwsAlgorithms,
    username: { claim: 'sub', prefix: 'oidc:' },
    groups: { claim: 'groups', prefix: 'oidc:' },
    requiredClaims: new Map(),
    ...over,
  }
  issuers.configure([configuration])
  const nowS = Math.floor(clock.now() / 1000)
  const claims = { iss: url, aud: 'me', sub: 'alice', exp: nowS + 60 }
  const ask = async (token: string, audiences: readonly string[] = ['api']) => {
    // Discovery goes on behind configure.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    return issuers.authenticate(token, audiences)
  }
  return { ...net, clock, issuers, configuration, nowS, claims, ask, key: keys[0]! }
}
type Party = ReturnType<typeof relyingParty>

test.each(jwsAlgorithms)('a token signed with %s', async (algorithm) => {
  const { ask, claims, key } = relyingParty({ signingAlgorithms: [algorithm] }, [fakeKey(algorithm)])
  expect(await ask(signJwt(key, { ...claims, groups: ['dev'] }))).toEqual({
    user: { name: 'oidc:alice', groups: ['oidc:dev'], extra: new Map() },
    audiences: ['api'],
  })
})

describe('a token is believed only when everything is right', () => {
  test.each<[string, (party: Party) => string, string | undefined]>([
    ['an audience of several', ({ claims, key }) => signJwt(key, { ...claims, aud: ['x', 'me'] }), ''],
    ['another audience', ({ claims, key }) => signJwt(key, { ...claims, aud: 'x' }), 'oidc: verify token: oidc: expected audience in ["me"] got ["x"]'],
    ['no audience', ({ claims, key }) => signJwt(key, { ...claims, aud: undefined }), 'expected audience in ["me"] got []'],
    ['another issuer', ({ claims, key }) => signJwt(key, { ...claims, iss: other }), undefined],
    ['an issuer that only begins like it', ({ claims, key }) => signJwt(key, { ...claims, iss: `${url}/` }), undefined],
    ['expired', ({ claims, key, nowS }) => signJwt(key, { ...claims, exp: nowS - 1 }), 'oidc: verify token: oidc: token is expired'],
    ['without an end', ({ claims, key }) => signJwt(key, { ...claims, exp: undefined }), 'token is expired'],
    ['not yet valid', ({ claims, key, nowS }) => signJwt(key, { ...claims, nbf: nowS + 61 }), 'before the nbf'],
    ['almost valid', ({ claims, key, nowS }) => signJwt(key, { ...claims, nbf: nowS + 59 }), ''],
    ['unsigned', ({ claims }) => `${encode({ alg: 'none' })}.${encode(claims)}.`, 'unsupported algorithm'],
    ['HMAC with the public key', ({ claims, key }) => confuse(key, claims, 'pem'), 'unsupported algorithm'],
    ['an algorithm of another kind of key', ({ claims, key }) => signJwt(key, claims, { alg: 'RS256' }), 'failed to verify id token signature'],
    ['an algorithm of another curve', ({ claims, key }) => signJwt(key, claims, { alg: 'ES384' }), 'failed to verify id token signature'],
    ["somebody else's key", ({ claims }) => signJwt(fakeKey(), claims), 'failed to verify id token signature'],
    ['no key named', ({ claims, key }) => signJwt(key, claims, { kid: undefined }), ''],
    [
      'another payload',
      ({ claims, key }) => signJwt(key, claims).replace(/\.[^.]+\./, `.${encode({ ...claims, sub: 'root' })}.`),
      'failed to verify id token signature',
    ],
    ['no name', ({ claims, key }) => signJwt(key, { ...claims, sub: undefined }), 'oidc: parse username claims "sub": claim not present'],
  ])('%s', async (_, make, refusal) => {
    const party = relyingParty()
    if (refusal) await expect(party.ask(make(party))).rejects.toThrow(refusal)
    else if (refusal === '') expect((await party.ask(make(party)))?.user.name).toBe('oidc:alice')
    else expect(await party.ask(make(party))).toBeUndefined()
  })

  test('an algorithm that is not accepted', async () => {
    const { ask, claims, key } = relyingParty({ signingAlgorithms: ['RS256'] })
    await expect(ask(signJwt(key, claims))).rejects.toThrow('oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"')
  })
  test('for other audiences than the API server it is nobody’s', async () => {
    const { ask, claims, key } = relyingParty()
    expect(await ask(signJwt(key, claims), ['vault'])).toBeUndefined()
  })
})

describe('keys', () => {
  const [old, next] = [fakeKey('ES256', 'old'), fakeKey('RS256', 'next')]

  test('are fetched once, and again for a key that is not known', async () => {
    const { ask, claims, publish, fetches } = relyingParty({}, [old])
    await ask(signJwt(old, claims))
    await ask(signJwt(old, claims))
    expect(fetches(`${url}/keys`)).toBe(1)
    publish(url, next)
    expect((await ask(signJwt(next, claims)))?.user.name).toBe('oidc:alice')
    await expect(ask(signJwt(old, claims))).rejects.toThrow('failed to verify')
  })

  test('are fetched by many at once only once, and for made-up names only so often', async () => {
    const { ask, claims, fetches, clock } = relyingParty({}, [old])
    await Promise.all([1, 2, 3].map(() => ask(signJwt(old, claims))))
    expect(fetches(`${url}/keys`)).toBe(1)
    for (let i = 0; i < 30; i++) await expect(ask(signJwt({ ...fakeKey(), kid: `made-up-${i}` }, claims))).rejects.toThrow('failed to verify')
    expect(fetches(`${url}/keys`)).toBe(10)
    expect(await ask(signJwt(old, claims))).toBeDefined()
    await clock.advance(60_001)
    await expect(ask(signJwt(next, { ...claims, exp: claims.exp + 60 }))).rejects.toThrow('failed to verify')
    expect(fetches(`${url}/keys`)).toBe(11)
  })

  test('of unknown kinds do not spoil the others', async () => {
    const { ask, claims, pages } = relyingParty({}, [old])
    pages.set(`${url}/keys`, {
      keys: [{ kty: 'oct', k: 'AA' }, { kty: 'EC', crv: 'P-999' }, 7, { ...jwksOf(old).keys[0], use: 'enc' }, ...jwksOf(old).keys],
    })
    expect(await ask(signJwt(old, claims))).toBeDefined()
  })

  test('that cannot be fetched verify nothing', async () => {
    const { ask, claims, pages } = relyingParty({}, [old])
    pages.set(`${url}/keys`, new Error('connection refused'))
    await expect(ask(signJwt(old, claims))).rejects.toThrow('connection refused')
  })
})

describe('discovery', () => {
  test('is tried until it works, and nobody waits for it', async () => {
    const party = relyingParty()
    const document = party.pages.get(`${url}/.well-known/openid-configuration`)!
    party.pages.set(`${url}/.well-known/openid-configuration`, new Error('connection refused'))
    party.issuers.configure([])
    party.issuers.configure([party.configuration])
    await expect(party.ask(signJwt(party.key, party.claims))).rejects.toThrow(`oidc: authenticator for issuer "${url}" is not initialized`)
    party.pages.set(`${url}/.well-known/openid-configuration`, document)
    await party.clock.advance(10_000)
    expect(await party.ask(signJwt(party.key, party.claims))).toBeDefined()
  })

  test('may be elsewhere', async () => {
    const party = relyingParty()
    party.pages.set('https://internal/discovery', { issuer: url, jwks_uri: `${url}/keys` })
    party.pages.delete(`${url}/.well-known/openid-configuration`)
    party.issuers.configure([{ ...party.configuration, discoveryUrl: 'https://internal/discovery' }])
    expect(await party.ask(signJwt(party.key, party.claims))).toBeDefined()
  })

  test('of somebody who says to be another issuer is none', async () => {
    const party = relyingParty()
    party.pages.set('https://internal/discovery', { issuer: other, jwks_uri: `${url}/keys` })
    party.issuers.configure([{ ...party.configuration, discoveryUrl: 'https://internal/discovery' }])
    await expect(party.ask(signJwt(party.key, party.claims))).rejects.toThrow('is not initialized')
  })
})

test('a new configuration keeps the issuers that stay the same, and forgets those that go', async () => {
  const { issuers, configuration, ask, claims, key, fetches } = relyingParty()
  const token = signJwt(key, claims)
  await ask(token)
  issuers.configure([{ ...configuration, requiredClaims: new Map() }])
  await ask(token)
  expect(fetches(`${url}/.well-known/openid-configuration`)).toBe(1)
  issuers.configure([{ ...configuration, username: { claim: 'sub', prefix: 'new:' } }])
  expect((await ask(token))?.user.name).toBe('new:alice')
  issuers.configure([])
  expect(await ask(token)).toBeUndefined()
})

describe('groups from elsewhere', () => {
  const source = fakeKey('ES256', 'source')
  const elsewhere = { _claim_names: { groups: 'src' }, _claim_sources: { src: { endpoint: `${other}/groups`, access_token: 'secret' } } }

  test('are fetched and verified', async () => {
    const { ask, claims, key, publish, pages, asked, nowS } = relyingParty()
    publish(other, source)
    pages.set(`${other}/groups`, signJwt(source, { iss: other, aud: 'me', exp: nowS + 60, groups: ['far'] }))
    expect((await ask(signJwt(key, { ...claims, ...elsewhere })))?.user.groups).toEqual(['oidc:far'])
    expect(asked.find((request) => request.url === `${other}/groups`)?.headers).toEqual({ authorization: 'Bearer secret' })
  })

  test.each<[string, object, (nowS: number) => object | string, string]>([
    [
      'a forged answer',
      elsewhere,
      (nowS) => signJwt(fakeKey('ES256', 'source'), { iss: other, aud: 'me', exp: nowS + 60, groups: ['root'] }),
      'failed to verify',
    ],
    ['an answer for others', elsewhere, (nowS) => signJwt(source, { iss: other, aud: 'x', exp: nowS + 60, groups: ['root'] }), 'expected audience'],
    ['an answer without groups', elsewhere, (nowS) => signJwt(source, { iss: other, aud: 'me', exp: nowS + 60 }), 'did not contain claim: groups'],
    ['no token', elsewhere, () => 'hello', 'getting untrusted issuer'],
    ['a source that is not named', { ...elsewhere, _claim_sources: {} }, () => '', 'missing in _claims_sources'],
    ['no sources', { _claim_names: { groups: 'src' } }, () => '', 'oidc: no claim sources'],
  ])('%s is refused', async (_, extra, answer, refusal) => {
    const { ask, claims, key, publish, pages, nowS } = relyingParty()
    publish(other, source)
    pages.set(`${other}/groups`, answer(nowS))
    await expect(ask(signJwt(key, { ...claims, ...extra }))).rejects.toThrow(refusal)
  })

  test('are not asked for when the token holds them', async () => {
    const { ask, claims, key } = relyingParty()
    expect((await ask(signJwt(key, { ...claims, ...elsewhere, groups: ['near'] })))?.user.groups).toEqual(['oidc:near'])
  })
})

describe('claims', () => {
  const mapping = { username: { claim: 'sub', prefix: '' }, groups: { claim: 'role', prefix: 'g:' }, requiredClaims: new Map([['hd', 'example.com']]) }
  const claims = { sub: 'alice', hd: 'example.com' }
  test.each<[object, object | string]>([
    [claims, { name: 'alice', groups: [] }],
    [{ ...claims, role: 'dev' }, { groups: ['g:dev'] }],
    [{ ...claims, role: ['dev', 'ops'] }, { groups: ['g:dev', 'g:ops'] }],
    [{ ...claims, role: null }, { groups: [] }],
    [{ ...claims, role: 7 }, 'oidc: parse groups claim "role"'],
    [{ ...claims, role: ['dev', 7] }, 'oidc: parse groups claim "role"'],
    [{ sub: 'alice' }, 'oidc: required claim hd not present in ID token'],
    [{ sub: 'alice', hd: 'x' }, 'oidc: required claim hd value does not match. Got = x, want = example.com'],
    [{ sub: 'alice', hd: true }, 'oidc: parse claim hd'],
    [{ ...claims, sub: 7 }, 'oidc: parse username claims "sub"'],
  ])('%o -> %o', (given, expected) => {
    const make = () => userOfClaims(given as Record<string, unknown>, mapping)
    if (typeof expected === 'string') expect(make).toThrow(expected)
    else expect(make()).toMatchObject(expected)
  })

  const email = { username: { claim: 'email', prefix: '' }, uid: { claim: 'oid', prefix: '' }, requiredClaims: new Map<string, string>() }
  test.each<[object, object | string]>([
    [
      { email: 'a@b.c', oid: '1' },
      { name: 'a@b.c', uid: '1' },
    ],
    [{ email: 'a@b.c', oid: '1', email_verified: true }, { name: 'a@b.c' }],
    [{ email: 'a@b.c', oid: '1', email_verified: false }, 'oidc: email not verified'],
    [{ email: 'a@b.c', oid: '1', email_verified: 'true' }, "oidc: parse 'email_verified' claim"],
    [{ email: 'a@b.c' }, 'oidc: parse uid claim "oid": claim not present'],
  ])('%o -> %o', (given, expected) => {
    const make = () => userOfClaims(given as Record<string, unknown>, email)
    if (typeof expected === 'string') expect(make).toThrow(expected)
    else expect(make()).toMatchObject(expected)
  })
})

describe('expressions', () => {
  const none = new Map<string, string>()
  const sub = { claim: 'sub', prefix: 'p:' }
  const claims = { sub: 'alice', email: 'a@b.c', email_verified: true, roles: ['dev', '', 'ops'], level: 7, address: { city: 'x' }, nothing: null }
  type Mapping = Parameters<typeof userOfClaims>[1]
  test.each<[Partial<Mapping>, object | string]>([
    [{ username: { expression: "claims.email_verified ? claims.email : ''" } }, { name: 'a@b.c' }],
    [{ username: { expression: "claims.?missing.orValue('nobody')" } }, { name: 'nobody' }],
    [{ username: { expression: 'claims.level' } }, 'oidc: error evaluating username claim expression: username claim expression must return a string'],
    [
      { username: { expression: 'claims.missing' } },
      "oidc: error evaluating username claim expression: expression 'claims.missing' resulted in error: no such key: missing",
    ],
    [{ groups: { expression: "claims.roles.map(r, 'g:' + r)" } }, { name: 'p:alice', groups: ['g:dev', 'g:', 'g:ops'] }],
    [{ groups: { expression: 'claims.roles' } }, { groups: ['dev', 'ops'] }],
    [{ groups: { expression: 'claims.sub' } }, { groups: ['alice'] }],
    [{ groups: { expression: 'claims.nothing' } }, { groups: [] }],
    [{ groups: { expression: '[claims.level]' } }, 'oidc: error evaluating group claim expression: expression must return a string or a list of strings'],
    [{ groups: { expression: 'claims.address' } }, 'expression must return a string or a list of strings'],
    [{ uid: { expression: 'string(claims.level)' } }, { uid: '7' }],
    [{ uid: { expression: 'claims.roles' } }, 'oidc: error evaluating uid claim expression: uid claim expression must return a string'],
    [
      {
        extra: [
          { key: 'example.com/city', expression: 'claims.address.city' },
          { key: 'example.com/roles', expression: 'claims.roles' },
          { key: 'example.com/none', expression: "''" },
        ],
      },
      {
        extra: new Map([
          ['example.com/city', ['x']],
          ['example.com/roles', ['dev', 'ops']],
        ]),
      },
    ],
    [{ claimRules: [{ expression: 'claims.level > 3', message: '' }] }, { name: 'p:alice' }],
    [
      { claimRules: [{ expression: 'claims.level > 8', message: 'too low' }] },
      "oidc: error evaluating claim validation expression: validation expression 'claims.level > 8' failed: too low",
    ],
    [{ claimRules: [{ expression: 'claims.level', message: '' }] }, 'must evaluate to bool'],
    [
      { userRules: [{ expression: "user.username == 'p:alice' && user.uid == '' && user.groups == [] && user.extra == {}", message: '' }] },
      { name: 'p:alice' },
    ],
    [
      { userRules: [{ expression: "!user.username.startsWith('p:')", message: 'reserved' }] },
      "oidc: error evaluating user info validation rule: validation expression '!user.username.startsWith('p:')' failed: reserved",
    ],
    [{ claimRules: [{ expression: `${'[1,2,3,4,5,6,7,8,9,10].all(x, '.repeat(7)}true${')'.repeat(7)}`, message: '' }] }, 'actual cost limit exceeded'],
  ])('%o -> %o', (over, expected) => {
    const make = () => userOfClaims(claims, { username: sub, requiredClaims: none, ...over })
    if (typeof expected === 'string') expect(make).toThrow(expected)
    else expect(make()).toMatchObject(expected)
  })

  test('of an issuer are compiled once and see what the token says', async () => {
    const {
      ask,
      claims: given,
      key,
    } = relyingParty({ username: { expression: 'claims.sub + claims.iss' }, claimRules: [{ expression: 'claims.ok == true', message: 'no' }] })
    expect((await ask(signJwt(key, { ...given, ok: true })))?.user.name).toBe(`alice${url}`)
    await expect(ask(signJwt(key, { ...given, ok: false }))).rejects.toThrow("validation expression 'claims.ok == true' failed: no")
  })
})

test('the algorithms are those of upstream', () => {
  expect(jwsAlgorithms satisfies readonly JwsAlgorithm[]).toEqual(['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'])
})
