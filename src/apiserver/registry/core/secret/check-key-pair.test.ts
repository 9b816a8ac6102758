import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { CertificateAuthority } from '../../../../pki/certificate-authority.ts'
import { FakeClock } from '../../../../util/fake/clock.ts'
import { checkKeyPair } from './check-key-pair.ts'

let certificate: string
let key: string

const keyOf = (type: 'rsa' | 'ec', format: 'pkcs1' | 'pkcs8' | 'sec1') => {
  const { privateKey } = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: format, format: 'pem' } as never) as unknown as string
}
const block = (type: string, text = 'x') => `-----BEGIN ${type}-----\n${Buffer.from(text).toString('base64')}\n-----END ${type}-----\n`

beforeAll(async () => {
  const authority = await CertificateAuthority.create('ca', new FakeClock(Date.parse('2026-01-01T00:00:00Z')))
  ;({ certificate, key } = await authority.issue({ commonName: 'example.com', hosts: ['example.com'], usages: ['server'], validityDays: 1 }))
})

test('a pair fits, with other blocks before and behind', () => {
  expect(checkKeyPair(certificate, key)).toBeUndefined()
  expect(checkKeyPair(`${block('NOTE')}${certificate}${certificate}`, `${block('EC PARAMETERS')}${key}`)).toBeUndefined()
})

test.each<[why: string, pair: () => readonly [certificate: string, key: string], expected: string]>([
  ['no PEM', () => ['cert', 'key'], 'tls: failed to find any PEM data in certificate input'],
  ['no PEM for the key', () => [certificate, 'key'], 'tls: failed to find any PEM data in key input'],
  [
    'switched',
    () => [key, certificate],
    'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched',
  ],
  ['a certificate for a key', () => [certificate, certificate], 'tls: found a certificate rather than a key in the PEM for the private key'],
  [
    'other blocks',
    () => [block('A') + block('B'), key],
    'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [A B]',
  ],
  [
    'other blocks for the key',
    () => [certificate, block('A') + block('B')],
    'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [A B]',
  ],
  ['no certificate in the block', () => [block('CERTIFICATE'), key], 'x509: malformed certificate'],
  ['no key in the block', () => [certificate, block('PRIVATE KEY')], 'tls: failed to parse private key'],
  ['another key', () => [certificate, keyOf('ec', 'sec1')], 'tls: private key does not match public key'],
  ['a key of another kind', () => [certificate, keyOf('rsa', 'pkcs1')], 'tls: private key type does not match public key type'],
  [
    'a kind that is not for TLS',
    () => [certificate, generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
    'tls: found unknown private key type in PKCS#8 wrapping',
  ],
])('%s', (_, pair, expected) => expect(checkKeyPair(...pair())).toBe(expected))
