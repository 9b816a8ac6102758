import { createSecureContext, getCiphers } from 'node:tls'
import { expect, test } from 'vitest'
import { cipherSuiteNames, curveNumbers, tlsSettingsDefault, tlsSettingsOf } from './tls-settings.ts'

const tls13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'

for (const { name, suites, version, curves, expected } of [
  { name: 'nothing is asked for: the default', suites: [], expected: tlsSettingsDefault },
  {
    name: 'the order of preference is kept, and TLS 1.3 has all of its ciphers',
    suites: ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    expected: { ciphers: `${tls13}:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256`, minVersion: 'TLSv1.2' },
  },
  { name: 'key exchanges', suites: [], curves: ['4588', '29'], expected: { ...tlsSettingsDefault, ecdhCurve: 'X25519MLKEM768:X25519' } },
  { name: 'TLS 1.3 alone', suites: ['TLS_AES_128_GCM_SHA256'], version: 'VersionTLS13', expected: { ciphers: tls13, minVersion: 'TLSv1.3' } },
]) {
  test(name, () => expect(tlsSettingsOf(suites, version, curves)).toEqual(expected))
}

test('what is unknown or broken is refused', () => {
  expect(() => tlsSettingsOf(['TLS_RSA_WITH_RC4_128_SHA'])).toThrow("cipher suite TLS_RSA_WITH_RC4_128_SHA not supported or doesn't exist")
  expect(() => tlsSettingsOf([], 'VersionTLS10')).toThrow('unknown tls version "VersionTLS10"')
  expect(() => tlsSettingsOf([], '', ['65535'])).toThrow('invalid --tls-curve-preferences value: 65535 is not supported')
})

test('OpenSSL knows all of them', () => {
  const known = new Set(getCiphers().map((cipher) => cipher.toUpperCase()))
  for (const number of curveNumbers) expect(() => createSecureContext(tlsSettingsOf([], '', [number]))).not.toThrow()
  for (const name of cipherSuiteNames) for (const cipher of tlsSettingsOf([name]).ciphers.split(':')) expect(known).toContain(cipher)
})
