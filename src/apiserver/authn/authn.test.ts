import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { FakeClock } from '../../util/fake/clock.ts'
import type { Credentials } from './authenticator.ts'
import { signingKey, verificationKey } from './service-account/keys.ts'
import { type BoundObject, serviceAccountAuthenticator } from './service-account/token-authenticator.ts'
import { newTokenSigner } from './service-account/token-signer.ts'
import { readTokenFile } from './token-file.ts'
import { unionAuthenticator } from './union.ts'
import { nodeNameOf, splitServiceAccountName } from './well-known-users.ts'

const bearer = (bearerToken: string): Credentials => ({ bearerToken, clientCertificate: undefined })

test('a token file names users, uids and groups; comments and empty lines are skipped', async () => {
  const table = readTokenFile('# tokens\n\nt1,alice,u1,"dev,ops"\nt2,bob,u2\n"t,3",carol,u3,one\n')
  expect(await table.authenticate(bearer('t1'))).toMatchObject({ name: 'alice', uid: 'u1', groups: ['dev', 'ops'] })
  expect(await table.authenticate(bearer('t2'))).toMatchObject({ name: 'bob', groups: [] })
  expect(await table.authenticate(bearer('t,3'))).toMatchObject({ name: 'carol', groups: ['one'] })
  expect(await table.authenticate(bearer('nobody'))).toBeUndefined()
  expect(() => readTokenFile('t1,alice\n')).toThrow('line 1: needs at least 3 columns')
})

const day = 24 * 3600
const issuer = 'https://kubernetes.default.svc'
const pem = (type: 'rsa' | 'ec') =>
  type === 'rsa'
    ? generateKeyPairSync('rsa', {
        modulusLength: 2048,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey
    : generateKeyPairSync('ec', {
        namedCurve: 'P-256',
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      }).privateKey

function accounts(type: 'rsa' | 'ec' = 'ec') {
  const clock = new FakeClock()
  const key = signingKey(pem(type))
  const objects = new Map<string, BoundObject>([
    ['sa/ns/robot', { metadata: { uid: 'sa-1' } }],
    ['pod/ns/p', { metadata: { uid: 'pod-1' } }],
  ])
  const authenticate = serviceAccountAuthenticator({
    issuers: [issuer],
    keys: [key],
    audiences: [issuer],
    clock,
    getter: {
      serviceAccount: (namespace, name) => objects.get(`sa/${namespace}/${name}`),
      pod: (namespace, name) => objects.get(`pod/${namespace}/${name}`),
      secret: () => undefined,
      node: () => undefined,
    },
  })
  const signer = newTokenSigner({ issuer, key, clock })
  const sign = (over: object = {}) =>
    signer.sign({ namespace: 'ns', serviceAccount: { name: 'robot', uid: 'sa-1' }, audiences: [issuer], expirationSeconds: day, ...over }).token
  return { clock, objects, authenticate, sign }
}

for (const type of ['rsa', 'ec'] as const) {
  test(`a token signed with an ${type} key is its service account's, until it expires`, async () => {
    const { clock, authenticate, sign } = accounts(type)
    const token = sign({ pod: { name: 'p', uid: 'pod-1' } })
    const user = await authenticate(bearer(token))
    expect(user).toMatchObject({ name: 'system:serviceaccount:ns:robot', uid: 'sa-1', groups: ['system:serviceaccounts', 'system:serviceaccounts:ns'] })
    expect(user!.extra.get('authentication.kubernetes.io/pod-name')).toEqual(['p'])
    await clock.advance((day + 1) * 1000)
    await expect(authenticate(bearer(token))).rejects.toThrow('expired')
  })
}

test('a token that an earlier key has signed counts while that key is given, beside the new one', async () => {
  const [old, next] = [pem('ec'), pem('rsa')]
  const clock = new FakeClock()
  const account = { namespace: 'ns', serviceAccount: { name: 'robot', uid: 'sa-1' }, audiences: [issuer], expirationSeconds: day }
  const { token } = newTokenSigner({ issuer, key: signingKey(old), clock }).sign(account)
  const none = () => undefined
  const getter = { serviceAccount: () => ({ metadata: { uid: 'sa-1' } }), pod: none, secret: none, node: none }
  const accept = (...keys: readonly string[]) =>
    serviceAccountAuthenticator({ issuers: [issuer], keys: keys.map(verificationKey), audiences: [issuer], clock, getter })(bearer(token))
  expect(await accept(next, old)).toMatchObject({ name: 'system:serviceaccount:ns:robot' })
  await expect(accept(next)).rejects.toThrow('cryptographic')
})

test('a token dies with what it is bound to, at once', async () => {
  const { objects, authenticate, sign } = accounts()
  const ofPod = sign({ pod: { name: 'p', uid: 'pod-1' } })
  const ofAccount = sign()
  objects.set('pod/ns/p', { metadata: { uid: 'pod-2' } })
  await expect(authenticate(bearer(ofPod))).rejects.toThrow('invalidated')
  expect(await authenticate(bearer(ofAccount))).toBeDefined()
  objects.set('sa/ns/robot', { metadata: { uid: 'sa-2' } })
  await expect(authenticate(bearer(ofAccount))).rejects.toThrow('does not match claim')
  objects.delete('sa/ns/robot')
  await expect(authenticate(bearer(ofAccount))).rejects.toThrow('serviceaccounts "robot" not found')
})

test('forged, foreign and misdirected tokens', async () => {
  const { authenticate, sign } = accounts()
  const [header, payload, signature] = sign().split('.') as [string, string, string]
  const forged = JSON.parse(Buffer.from(payload, 'base64url').toString())
  forged.sub = 'system:serviceaccount:kube-system:root'
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  await expect(authenticate(bearer(`${header}.${encode(forged)}.${signature}`))).rejects.toThrow('cryptographic')
  await expect(authenticate(bearer(`${encode({ alg: 'none' })}.${payload}.`))).rejects.toThrow('cryptographic')
  await expect(authenticate(bearer(sign({ audiences: ['vault', 'db'] })))).rejects.toThrow(
    'token audiences ["vault" "db"] is invalid for the target audiences ["https://kubernetes.default.svc"]',
  )
  expect(await authenticate(bearer(`${header}.${encode({ iss: 'https://elsewhere' })}.${signature}`))).toBeUndefined()
  expect(await authenticate(bearer('no.json.here'))).toBeUndefined()
  expect(await authenticate(bearer('opaque'))).toBeUndefined()
})

test('a good token makes up for a bad certificate; everybody known is authenticated', async () => {
  const table = readTokenFile('t1,alice,u1\n')
  const union = unionAuthenticator([
    () => {
      throw new Error('bad certificate')
    },
    table.authenticate,
  ])
  expect((await union(bearer('t1')))?.groups).toEqual(['system:authenticated'])
  await expect(union(bearer('t2'))).rejects.toThrow('bad certificate')
})

test('names of service accounts and nodes are taken apart only when well-formed', () => {
  expect(splitServiceAccountName('system:serviceaccount:ns:robot')).toEqual({ namespace: 'ns', name: 'robot' })
  for (const name of ['system:serviceaccount:ns', 'system:serviceaccount:ns:a:b', 'system:serviceaccount:NS:robot', 'robot'])
    expect(splitServiceAccountName(name)).toBeUndefined()
  expect(nodeNameOf('system:node:n1.example')).toBe('n1.example')
  expect(nodeNameOf('system:node:')).toBeUndefined()
})
