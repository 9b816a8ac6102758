import { describe, expect, test } from 'vitest'
import { jwsSigningKey } from '../../../pki/jws-key.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import { bearerTokens } from '../token-authenticator.ts'
import { confuse, encode, type FakeKey, fakeKey, signJwt } from '../fake/jwt.ts'
import type { BoundAccount, BoundObject, BoundPod, TokenSecret } from './bound-objects.ts'
import { distinctKeys, verificationKeys } from './keys.ts'
import { serviceAccountTokens } from './token-authenticator.ts'
import { newTokenSigner } from './token-signer.ts'

const day = 24 * 3600
const issuer = 'https://kubernetes.default.svc'
const pemOf = ({ privateKey }: FakeKey) => privateKey.export({ type: 'pkcs8', format: 'pem' }) as string

type Any = BoundObject & BoundPod & BoundAccount & TokenSecret

function accounts({ later = false, key: made = fakeKey(), lookup = true }: { later?: boolean; key?: FakeKey; lookup?: boolean } = {}) {
  const clock = new FakeClock()
  const pem = pemOf(made)
  const key = jwsSigningKey(pem)
  const objects = new Map<string, Any>([
    ['sa/ns/robot', { metadata: { uid: 'sa-1' } }],
    ['pod/ns/p', { metadata: { uid: 'pod-1' }, spec: { nodeName: 'n1' } }],
    ['secret/ns/s', { metadata: { uid: 'secret-1' } }],
    ['node/n1', { metadata: { uid: 'node-1' } }],
  ])
  const find = (id: string) => (later ? Promise.resolve(objects.get(id)) : objects.get(id))
  const authenticate = serviceAccountTokens({
    issuers: [issuer, 'https://old'],
    keys: [key],
    apiAudiences: [issuer],
    lookup,
    clock,
    getter: {
      serviceAccount: (namespace, name) => find(`sa/${namespace}/${name}`),
      pod: (namespace, name) => find(`pod/${namespace}/${name}`),
      secret: (namespace, name) => find(`secret/${namespace}/${name}`),
      node: (name) => find(`node/${name}`),
    },
  })
  const sign = (over: object = {}) =>
    newTokenSigner({ issuer, key, clock }).sign({
      namespace: 'ns',
      serviceAccount: { name: 'robot', uid: 'sa-1' },
      audiences: [issuer],
      expirationSeconds: day,
      ...over,
    }).token
  const nowS = Math.floor(clock.now() / 1000)
  const claims = {
    iss: issuer,
    sub: 'system:serviceaccount:ns:robot',
    aud: [issuer],
    exp: nowS + day,
    iat: nowS,
    nbf: nowS,
    'kubernetes.io': { namespace: 'ns', serviceaccount: { name: 'robot', uid: 'sa-1' } },
  }
  return {
    clock,
    objects,
    sign,
    claims,
    nowS,
    key: { ...made, kid: key.kid },
    ask: async (token: string, audiences = [issuer]) => authenticate(token, audiences),
    authenticate,
  }
}

test.each(['RS256', 'ES256', 'ES384', 'ES512'] as const)("a token signed with %s is its service account's, until it expires", async (algorithm) => {
  const { clock, ask, sign } = accounts({ key: fakeKey(algorithm) })
  const token = sign({ pod: { name: 'p', uid: 'pod-1' }, node: { name: 'n1', uid: 'node-1' } })
  const response = await ask(token)
  expect(response?.user).toMatchObject({
    name: 'system:serviceaccount:ns:robot',
    uid: 'sa-1',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
  })
  const jti = (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { jti: string }).jti
  expect(Object.fromEntries(response!.user.extra)).toEqual({
    'authentication.kubernetes.io/credential-id': [`JTI=${jti}`],
    'authentication.kubernetes.io/node-name': ['n1'],
    'authentication.kubernetes.io/node-uid': ['node-1'],
    'authentication.kubernetes.io/pod-name': ['p'],
    'authentication.kubernetes.io/pod-uid': ['pod-1'],
  })
  await clock.advance((day + 61) * 1000)
  await expect(ask(token)).rejects.toThrow('service account token has expired')
})

test('a token used after its warning time says so in the audit event', async () => {
  const { clock, sign, authenticate } = accounts()
  const annotations: string[] = []
  const credentials = {
    bearerToken: sign({ warnAfterSeconds: 3607 }),
    clientCertificate: undefined,
    annotate: (key: string, value: string) => void annotations.push(`${key}: ${value}`),
  }
  const userOf = bearerTokens(authenticate, [issuer])
  await clock.advance(3_600_000)
  expect(await userOf(credentials)).toBeDefined()
  expect(annotations).toEqual([])
  await clock.advance(10_000)
  expect(await userOf(credentials)).toBeDefined()
  expect(annotations).toEqual(['authentication.k8s.io/stale-token: subject: system:serviceaccount:ns:robot, seconds after warning threshold: 3'])
})

describe('a token dies with what it is bound to, at once, however its objects are found', () => {
  const pod = { pod: { name: 'p', uid: 'pod-1' } }
  const secret = { secret: { name: 's', uid: 'secret-1' } }
  const node = { node: { name: 'n1', uid: 'node-1' } }
  const gone = (minutes: number) => ({ uid: 'pod-1', deletionTimestamp: new Date(new FakeClock().now() - minutes * 60_000).toISOString() })
  for (const later of [false, true]) {
    test.each<[string, object, string, BoundObject['metadata'] | undefined, string]>([
      ['the account is gone', {}, 'sa/ns/robot', undefined, 'serviceaccounts "robot" not found'],
      ['the account is another', {}, 'sa/ns/robot', { uid: 'sa-2' }, 'service account UID (sa-2) does not match claim (sa-1)'],
      ['the account ends', {}, 'sa/ns/robot', { ...gone(2), uid: 'sa-1' }, 'service account ns/robot has been deleted'],
      ['the pod is gone', pod, 'pod/ns/p', undefined, 'service account token has been invalidated'],
      ['the pod is another', pod, 'pod/ns/p', { uid: 'pod-2' }, 'Pod UID (pod-2) does not match service account pod ref claim (pod-1)'],
      ['the pod has ended a while ago', pod, 'pod/ns/p', gone(2), 'service account token has been invalidated'],
      ['the pod is about to end', pod, 'pod/ns/p', gone(0.5), ''],
      ['the secret is gone', secret, 'secret/ns/s', undefined, 'service account token has been invalidated'],
      ['the secret is another', secret, 'secret/ns/s', { uid: 'x' }, 'Secret UID (x) does not match service account secret ref claim (secret-1)'],
      ['the node is gone', node, 'node/n1', undefined, 'service account token has been invalidated'],
      ['the node is another', node, 'node/n1', { uid: 'x' }, 'Node UID (x) does not match service account node ref claim (node-1)'],
      ["a pod's node is only information", { ...pod, ...node }, 'node/n1', undefined, ''],
    ])(`%s (${later ? 'later' : 'at once'})`, async (_, bound, id, metadata, refusal) => {
      const { objects, ask, sign } = accounts({ later })
      const token = sign(bound)
      expect((await ask(token))?.user.name).toBe('system:serviceaccount:ns:robot')
      if (metadata) objects.set(id, { metadata })
      else objects.delete(id)
      if (refusal) await expect(ask(token)).rejects.toThrow(refusal)
      else expect(await ask(token)).toBeDefined()
    })
  }
})

test.each<[string, (a: ReturnType<typeof accounts>) => string, string | undefined]>([
  ['good', ({ claims, key }) => signJwt(key, claims), ''],
  ['expired within the leeway', ({ claims, key, nowS }) => signJwt(key, { ...claims, exp: nowS - 59 }), ''],
  ['expired', ({ claims, key, nowS }) => signJwt(key, { ...claims, exp: nowS - 61 }), 'service account token has expired'],
  ['not yet valid', ({ claims, key, nowS }) => signJwt(key, { ...claims, nbf: nowS + 61 }), 'service account token is not valid yet'],
  ['made in the future', ({ claims, key, nowS }) => signJwt(key, { ...claims, iat: nowS + 61 }), 'unexpected validation error'],
  [
    'for others',
    ({ claims, key }) => signJwt(key, { ...claims, aud: ['vault', 'db'] }),
    `token audiences ["vault" "db"] is invalid for the target audiences ["${issuer}"]`,
  ],
  ['for another', ({ claims, key }) => signJwt(key, { ...claims, aud: 'vault' }), 'token audiences ["vault"] is invalid'],
  ['of an earlier issuer', ({ claims, key }) => signJwt(key, { ...claims, iss: 'https://old' }), ''],
  ['of another issuer', ({ claims, key }) => signJwt(key, { ...claims, iss: 'https://elsewhere' }), undefined],
  ['unsigned', ({ claims }) => `${encode({ alg: 'none' })}.${encode(claims)}.`, 'cryptographic'],
  ['signed with the public key as a secret (PEM)', ({ claims, key }) => confuse(key, claims, 'pem'), 'cryptographic'],
  ['signed with the public key as a secret (DER)', ({ claims, key }) => confuse(key, claims, 'der'), 'cryptographic'],
  ['signed by somebody else', ({ claims }) => signJwt(fakeKey(), claims), 'cryptographic'],
  ["signed by somebody else in this key's name", ({ claims, key }) => signJwt({ ...fakeKey(), kid: key.kid }, claims), 'cryptographic'],
  ['naming no key', ({ claims, key }) => signJwt(key, claims, { kid: undefined }), ''],
  ['naming an unknown key', ({ claims, key }) => signJwt(key, claims, { kid: 'other' }), 'cryptographic'],
  ['naming another algorithm', ({ claims, key }) => signJwt(key, claims, { alg: 'ES384' }), 'cryptographic'],
  ['with a critical extension', ({ claims, key }) => signJwt(key, claims, { crit: ['b64'], b64: false }), 'cryptographic'],
  [
    'with another payload',
    ({ claims, key }) => signJwt(key, claims).replace(/\.[^.]+\./, `.${encode({ ...claims, sub: 'system:serviceaccount:kube-system:root' })}.`),
    'cryptographic',
  ],
  [
    'with another signature',
    ({ claims, key }) => signJwt(key, claims).replace(/\.([^.])([^.]*)$/, (_, first: string, rest: string) => `.${first === 'A' ? 'B' : 'A'}${rest}`),
    'cryptographic',
  ],
  ['with a cut signature', ({ claims, key }) => signJwt(key, claims).slice(0, -2), 'cryptographic'],
  ['with more behind the signature', ({ claims, key }) => `${signJwt(key, claims)}!`, undefined],
  ['of four parts', ({ claims, key }) => `${signJwt(key, claims)}.x`, undefined],
  [
    'without Kubernetes claims',
    ({ claims, key }) => signJwt(key, { ...claims, 'kubernetes.io': undefined }),
    'the token claims are not those of a service account',
  ],
  [
    'with claims of wrong types',
    ({ claims, key }) => signJwt(key, { ...claims, 'kubernetes.io': { namespace: 1, serviceaccount: 'x' } }),
    'not those of a service account',
  ],
  ['without an end', ({ claims, key }) => signJwt(key, { ...claims, exp: undefined }), 'not those of a service account'],
  ['huge', ({ claims, key }) => signJwt(key, { ...claims, filler: 'x'.repeat(500_000) }), ''],
  ['huge and no token', () => 'x'.repeat(1_000_000), undefined],
  ['dots only', () => '..', undefined],
  ['no JSON', () => 'bm8.anNvbg.aGVyZQ', undefined],
  ['JSON, but no object', () => `${encode('[]')}.${encode('1')}.x`, undefined],
  ['opaque', () => 'opaque', undefined],
])('a token that is %s', async (_, make, refusal) => {
  const all = accounts()
  const token = make(all)
  if (refusal) await expect(all.ask(token)).rejects.toThrow(refusal)
  else if (refusal === '') expect((await all.ask(token))?.user.name).toBe('system:serviceaccount:ns:robot')
  else expect(await all.ask(token)).toBeUndefined()
})

test('a known token is answered at once, for each audience by itself', () => {
  const { authenticate, sign } = accounts()
  const token = sign({ audiences: ['a', 'b'] })
  const first = authenticate(token, ['b', 'c'])
  expect(first).toMatchObject({ audiences: ['b'] })
  expect(authenticate(token, ['a'])).toMatchObject({ audiences: ['a'] })
  expect(() => authenticate(token, ['c'])).toThrow('is invalid for the target audiences ["c"]')
})

describe('a token in a secret', () => {
  const claims = {
    iss: 'kubernetes/serviceaccount',
    sub: 'system:serviceaccount:ns:robot',
    'kubernetes.io/serviceaccount/namespace': 'ns',
    'kubernetes.io/serviceaccount/secret.name': 's',
    'kubernetes.io/serviceaccount/service-account.name': 'robot',
    'kubernetes.io/serviceaccount/service-account.uid': 'sa-1',
  }
  const label = { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' }
  test.each<[string, object, boolean, (token: string) => TokenSecret | undefined, string]>([
    ['is good as long as it is there', {}, true, (token) => ({ metadata: { uid: 'x' }, data: { token: btoa(token) } }), ''],
    ['ends with it', {}, true, () => undefined, 'Token has been invalidated'],
    ['is trusted without lookup', {}, false, () => undefined, ''],
    ['must be the same', {}, true, () => ({ metadata: { uid: 'x' }, data: { token: btoa('other') } }), "Token does not match server's copy"],
    ['may be marked invalid', {}, true, (token) => ({ metadata: { uid: 'x', labels: label }, data: { token: btoa(token) } }), 'has been marked invalid'],
    ['must name its account rightly', { sub: 'system:serviceaccount:ns:root' }, true, () => undefined, 'sub claim is invalid'],
    ['must name its secret', { 'kubernetes.io/serviceaccount/secret.name': '' }, true, () => undefined, 'secretName claim is missing'],
    [
      'ends with its account',
      { 'kubernetes.io/serviceaccount/service-account.uid': 'sa-0' },
      true,
      (token) => ({ metadata: { uid: 'x' }, data: { token: btoa(token) } }),
      'ServiceAccount UID (sa-1) does not match claim (sa-0)',
    ],
  ])('%s', async (_, over, lookup, secretOf, refusal) => {
    const { ask, key, objects } = accounts({ lookup })
    const token = signJwt(key, { ...claims, ...over })
    const secret = secretOf(token)
    if (secret) objects.set('secret/ns/s', secret)
    else objects.delete('secret/ns/s')
    if (refusal) await expect(ask(token)).rejects.toThrow(refusal)
    else expect((await ask(token))?.user).toMatchObject({ name: 'system:serviceaccount:ns:robot', uid: 'sa-1' })
  })

  test.each([
    ['that somebody made', [], 'manual', []],
    ['that the account lists', [{ name: 's' }], 'autogenerated', [expect.stringContaining('instead of auto-generated secret-based tokens')]],
  ])('%s is noted where it is used', async (_, secrets, kind, warned) => {
    const { authenticate, key, objects } = accounts()
    const token = signJwt(key, claims)
    objects.set('secret/ns/s', { metadata: { uid: 'x' }, data: { token: btoa(token) } })
    objects.set('sa/ns/robot', { metadata: { uid: 'sa-1' }, secrets })
    const [annotations, warnings]: [string[], string[]] = [[], []]
    const credentials = {
      bearerToken: token,
      clientCertificate: undefined,
      annotate: (name: string, value: string) => void annotations.push(`${name}: ${value}`),
      warn: (message: string) => void warnings.push(message),
    }
    await bearerTokens(authenticate, [issuer])(credentials)
    expect([annotations, warnings]).toEqual([[`authentication.k8s.io/legacy-token-${kind}-secret: s`], warned])
  })
})

test('a file may hold several keys', () => {
  const [a, b] = [fakeKey('ES256'), fakeKey('RS256')]
  const text = `${pemOf(a)}# the old one\n${b.publicKey.export({ type: 'spki', format: 'pem' }) as string}`
  expect(verificationKeys(text).map(({ algorithm }) => algorithm)).toEqual(['ES256', 'RS256'])
  expect(distinctKeys([...verificationKeys(text), ...verificationKeys(text)]).map(({ kid }) => kid)).toEqual(verificationKeys(text).map(({ kid }) => kid))
  expect(() => verificationKeys('nothing')).toThrow('does not contain any valid')
})

test('a token that an earlier key has signed counts while that key is given, beside the new one', async () => {
  const [old, next] = [fakeKey('ES256'), fakeKey('RS256')]
  const clock = new FakeClock()
  const none = () => undefined
  const account = { namespace: 'ns', serviceAccount: { name: 'robot', uid: 'sa-1' }, audiences: [issuer], expirationSeconds: day }
  const { token } = newTokenSigner({ issuer, key: jwsSigningKey(pemOf(old)), clock }).sign(account)
  const accept = async (...keys: readonly string[]) =>
    serviceAccountTokens({
      issuers: [issuer],
      keys: keys.flatMap((pem) => verificationKeys(pem)),
      apiAudiences: [issuer],
      lookup: true,
      clock,
      getter: { serviceAccount: () => ({ metadata: { uid: 'sa-1' } }), pod: none, secret: none, node: none },
    })(token, [issuer])
  expect((await accept(pemOf(next), pemOf(old)))?.user).toMatchObject({ name: 'system:serviceaccount:ns:robot' })
  expect(await accept(pemOf(next)).catch(() => undefined)).toBeUndefined()
})
