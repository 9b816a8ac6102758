import { expect, test } from 'vitest'
import { isSignerName, problemOf, validityMs } from './decide.ts'

const nobody = { commonName: '', organizations: [], dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [] }

for (const { name, usages, expected } of [
  { name: 'client auth alone', usages: ['client auth'], expected: undefined },
  { name: 'with what keys do', usages: ['digital signature', 'key encipherment', 'client auth'], expected: undefined },
  { name: 'a server', usages: ['client auth', 'server auth'], expected: 'invalid usage for client certificate: server auth' },
  { name: 'no client', usages: ['digital signature'], expected: 'missing required usage for client certificate: client auth' },
])
  test(`kube-apiserver-client: ${name}`, () => expect(problemOf['kubernetes.io/kube-apiserver-client'](nobody, usages)).toBe(expected))

test('legacy-unknown signs whatever was approved; other signers are not ours', () => {
  expect(problemOf['kubernetes.io/legacy-unknown'](nobody, ['cert sign'])).toBeUndefined()
  for (const name of ['example.com/mine', 'kubernetes.io/other', 'constructor']) expect(isSignerName(name)).toBe(false)
})

const minuteMs = 60_000
for (const { name, seconds, expected } of [
  { name: 'not said: as long as it may', seconds: undefined, expected: 60 * minuteMs },
  { name: 'less is granted', seconds: 1800, expected: 30 * minuteMs },
  { name: 'more is not', seconds: 86_400, expected: 60 * minuteMs },
  { name: 'ten minutes at least', seconds: 60, expected: 10 * minuteMs },
])
  test(`how long: ${name}`, () => expect(validityMs(seconds, 60 * minuteMs)).toBe(expected))
