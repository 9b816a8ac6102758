import { expect, test } from 'vitest'
import { allowsAnonymous, healthPaths } from './anonymous.ts'
import type { Credentials } from './authenticator.ts'
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

test('a good token makes up for a bad certificate; everybody known is authenticated', async () => {
  const table = readTokenFile('t1,alice,u1\n')
  const bad = () => {
    throw new Error('bad certificate')
  }
  for (const first of [bad, async () => bad()]) {
    const union = unionAuthenticator([first, table.authenticate])
    expect((await union(bearer('t1')))?.groups).toEqual(['system:authenticated'])
    await expect((async () => union(bearer('t2')))()).rejects.toThrow('bad certificate')
  }
})

test('anonymous requests: everywhere, nowhere, or at exact paths', () => {
  expect(allowsAnonymous({ enabled: true }, '/api')).toBe(true)
  expect(allowsAnonymous({ enabled: false, paths: healthPaths }, '/livez')).toBe(false)
  expect(
    ['/livez', '/readyz', '/healthz', '/livez/', '/livez/ping', '/api', '/'].filter((path) => allowsAnonymous({ enabled: true, paths: healthPaths }, path)),
  ).toEqual(['/livez', '/readyz', '/healthz'])
})

test('names of service accounts and nodes are taken apart only when well-formed', () => {
  expect(splitServiceAccountName('system:serviceaccount:ns:robot')).toEqual({ namespace: 'ns', name: 'robot' })
  for (const name of ['system:serviceaccount:ns', 'system:serviceaccount:ns:a:b', 'system:serviceaccount:NS:robot', 'robot'])
    expect(splitServiceAccountName(name)).toBeUndefined()
  expect(nodeNameOf('system:node:n1.example')).toBe('n1.example')
  expect(nodeNameOf('system:node:')).toBeUndefined()
})
