import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import { bearerTokens, forAudiences, type TokenAuthenticator, tokenReviewer, unionTokens } from './token-authenticator.ts'
import { cachedTokens } from './token-cache.ts'
import { readTokenFile } from './token-file.ts'
import { responseOf, tokenWebhook } from './webhook/token-webhook.ts'
import { user } from './well-known-users.ts'

const refusing = (message: string): TokenAuthenticator => {
  return () => {
    throw new Error(message)
  }
}
const knowing = (known: string): TokenAuthenticator => {
  return (token, audiences) => (token === known ? { user: user(known, []), audiences } : undefined)
}
const slowly = (authenticate: TokenAuthenticator): TokenAuthenticator => {
  return async (...question) => authenticate(...question)
}

describe('of several kinds of tokens the first that accepts counts', () => {
  for (const [name, speed] of [
    ['at once', (each: TokenAuthenticator) => each],
    ['later', slowly],
  ] as const) {
    const union = unionTokens([refusing('not mine'), knowing('a'), refusing('expired'), refusing('not mine'), knowing('b')].map(speed))
    test(name, async () => {
      expect((await union('a', ['x']))?.user.name).toBe('a')
      expect((await union('b', ['x']))?.user.name).toBe('b')
      await expect((async () => union('c', ['x']))()).rejects.toThrow('[not mine, expired]')
    })
  }

  test('reviews tell what all had to say; requests do not care about audiences', async () => {
    const union = unionTokens([forAudiences(readTokenFile('t,alice,u\n').authenticate, ['api', 'api2']), refusing('expired')])
    const review = tokenReviewer(union, ['api', 'api2'])
    expect(await review('t', [])).toMatchObject({ user: { name: 'alice', groups: ['system:authenticated'] }, audiences: ['api', 'api2'] })
    expect(await review('t', ['api2', 'x'])).toMatchObject({ audiences: ['api2'] })
    expect(await review('t', ['x'])).toEqual({ user: undefined, error: '[invalid bearer token, expired]' })
    expect(await tokenReviewer(knowing('a'), ['api'])('c', [])).toEqual({ user: undefined, error: 'invalid bearer token' })
    const authenticate = bearerTokens(union, ['api'])
    expect(authenticate({ bearerToken: 't', clientCertificate: undefined })).toMatchObject({ name: 'alice' })
    expect(authenticate({ bearerToken: undefined, clientCertificate: undefined })).toBeUndefined()
  })
})

describe('what is known of a token for a while', () => {
  function cached(authenticate: TokenAuthenticator, ttl: { successTtlMs: number; failureTtlMs: number }) {
    const clock = new FakeClock()
    let asked = 0
    const ask = cachedTokens(
      (...question) => {
        asked++
        return authenticate(...question)
      },
      { ...ttl, clock },
    )
    return { clock, ask: async (token: string, audiences = ['x']) => ask(token, audiences), asked: () => asked }
  }

  test('is asked again when the time is over, and for other audiences', async () => {
    const { clock, ask, asked } = cached(slowly(knowing('a')), { successTtlMs: 10_000, failureTtlMs: 0 })
    for (let i = 0; i < 3; i++) expect((await ask('a'))?.user.name).toBe('a')
    expect(asked()).toBe(1)
    await ask('a', ['y'])
    expect(asked()).toBe(2)
    await clock.advance(10_000)
    await ask('a')
    expect(asked()).toBe(3)
  })
  test('a token of nobody is asked for each time, unless that is kept, too', async () => {
    const never = cached(knowing('a'), { successTtlMs: 10_000, failureTtlMs: 0 })
    const kept = cached(knowing('a'), { successTtlMs: 10_000, failureTtlMs: 10_000 })
    for (const { ask } of [never, kept]) for (let i = 0; i < 3; i++) expect(await ask('b')).toBeUndefined()
    expect([never.asked(), kept.asked()]).toEqual([3, 1])
  })
  test('errors are never kept', async () => {
    const { ask, asked } = cached(slowly(refusing('down')), { successTtlMs: 10_000, failureTtlMs: 10_000 })
    for (let i = 0; i < 2; i++) await expect(ask('a')).rejects.toThrow('down')
    expect(asked()).toBe(2)
  })
  test('many at once ask once', async () => {
    const { ask, asked } = cached(slowly(knowing('a')), { successTtlMs: 10_000, failureTtlMs: 0 })
    await Promise.all([ask('a'), ask('a'), ask('a')])
    expect(asked()).toBe(1)
  })
})

describe('a token webhook', () => {
  const alice = { username: 'alice', uid: 'u', groups: ['dev'], extra: { scopes: ['a', 'b'] } }
  test.each<[string, unknown, readonly string[], object | undefined]>([
    [
      'knows the token',
      { authenticated: true, user: alice },
      ['api'],
      { user: { name: 'alice', uid: 'u', groups: ['dev'], extra: new Map([['scopes', ['a', 'b']]]) }, audiences: ['api'] },
    ],
    ['knows its audiences', { authenticated: true, user: alice, audiences: ['x', 'y'] }, ['y', 'z'], { audiences: ['y'] }],
    ['knows it for others', { authenticated: true, user: alice, audiences: ['x'] }, ['api'], undefined],
    ['knows no audiences, so it is for the API server', { authenticated: true, user: alice }, ['vault'], undefined],
    ['does not know it', { authenticated: false }, ['api'], undefined],
    ['says neither', {}, ['api'], undefined],
    ['says yes in another way', { authenticated: 'true', user: alice }, ['api'], undefined],
  ])('%s', (_, status, audiences, expected) => {
    const response = responseOf({ status }, audiences, ['api'])
    if (expected) expect(response).toMatchObject(expected)
    else expect(response).toBeUndefined()
  })

  test('says what is wrong; without an answer nobody is authenticated', async () => {
    expect(() => responseOf({ status: { error: 'expired' } }, ['api'], ['api'])).toThrow('expired')
    for (const answer of [null, 'hello', {}, { status: [] }])
      expect(() => responseOf(answer, ['api'], ['api'])).toThrow('the webhook has not answered with a TokenReview')
    const down = tokenWebhook({ client: { send: () => Promise.reject(new Error('connection refused')) }, version: 'v1', apiAudiences: ['api'] })
    await expect((async () => down('t', ['api']))()).rejects.toThrow('connection refused')
  })

  test('is asked in its version', async () => {
    const sent: object[] = []
    const send = async (review: object) => {
      sent.push(review)
      return { status: {} }
    }
    await tokenWebhook({ client: { send }, version: 'v1beta1', apiAudiences: ['api'] })('t', ['api'])
    expect(sent).toEqual([{ kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1beta1', metadata: {}, spec: { token: 't', audiences: ['api'] } }])
  })
})
