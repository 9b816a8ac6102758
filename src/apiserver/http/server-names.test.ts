import { beforeAll, expect, test } from 'vitest'
import type { SecureContext } from 'node:tls'
import { CertificateAuthority, type KeyPair } from '../../pki/certificate-authority.ts'
import { systemClock } from '../../util/clock.ts'
import { serverNames } from './server-names.ts'

let pair: KeyPair
let other: KeyPair
beforeAll(async () => {
  const ca = await CertificateAuthority.create('ca', systemClock)
  const issue = (...hosts: string[]) => ca.issue({ commonName: 'x', hosts, usages: ['server'], validityDays: 1 })
  ;[pair, other] = await Promise.all([issue('api.example.com', '*.apps.example.com', '10.0.0.1'), issue('other.example.com')])
})

const names = (of: (name: string) => SecureContext | undefined, ...asked: readonly string[]) => asked.filter((name) => of(name) !== undefined)

test('the names in the certificate: exact, in any case, and one label of a wildcard', () => {
  const of = serverNames([{ ...pair, patterns: [] }], {})
  expect(
    names(of, 'api.example.com', 'API.example.com.', 'a.apps.example.com', 'apps.example.com', 'a.b.apps.example.com', 'example.com', 'kubernetes'),
  ).toEqual(['api.example.com', 'API.example.com.', 'a.apps.example.com'])
})

test('names that are given take their place; of several for a name the first counts', () => {
  const of = serverNames(
    [
      { ...pair, patterns: ['given.example.com'] },
      { ...other, patterns: ['given.example.com', '*.example.com'] },
    ],
    {},
  )
  expect(of('api.example.com')).toBe(of('more.example.com'))
  expect(of('given.example.com')).not.toBe(of('more.example.com'))
})

test('nothing, and no pair', () => {
  expect(serverNames([], {})('api.example.com')).toBeUndefined()
  expect(() => serverNames([{ certificate: pair.certificate, key: other.key, patterns: [] }], {})).toThrow('key values mismatch')
})
