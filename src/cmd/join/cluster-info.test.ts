import { beforeAll, describe, expect, test } from 'vitest'
import { dump } from 'js-yaml'
import { detachedSignature } from '../../controllers/bootstrapsigner/index.ts'
import { CertificateAuthority } from '../../pki/certificate-authority.ts'
import { systemClock } from '../../util/clock.ts'
import { clusterInfoOf, parsePin, publicKeyHash } from './cluster-info.ts'
import { joiningOf } from './join.ts'

const token = { id: 'abcdef', secret: '0123456789abcdef' }
const hash = `sha256:${'0'.repeat(64)}`
let ca = ''
let other = ''
beforeAll(async () => {
  ;[ca, other] = (await Promise.all(['kubernetes', 'other'].map((name) => CertificateAuthority.create(name, systemClock)))).map(
    ({ pair }) => pair.certificate,
  ) as [string, string]
})

const kubeconfig = (bundle: string) =>
  dump({ clusters: [{ name: '', cluster: { server: 'https://192.0.2.1:6443', 'certificate-authority-data': Buffer.from(bundle).toString('base64') } }] })
const signed = (text: string, by = token) => ({ data: { kubeconfig: text, [`jws-kubeconfig-${by.id}`]: detachedSignature(text, by.id, by.secret) } })

describe('what a token has signed is believed', () => {
  test('with the authority pinned', () => {
    expect(clusterInfoOf(signed(kubeconfig(ca)), token, [hash, publicKeyHash(ca)])).toEqual({ server: 'https://192.0.2.1:6443', ca })
  })
  test('with one of several authorities pinned: while they are being rotated', () => {
    expect(clusterInfoOf(signed(kubeconfig(other + ca)), token, [publicKeyHash(ca)]).ca).toBe(other + ca)
  })
  test('without pins', () => expect(clusterInfoOf(signed(kubeconfig(ca)), token, []).ca).toBe(ca))
})

describe('nothing else is', () => {
  test('another authority', () => {
    expect(() => clusterInfoOf(signed(kubeconfig(other)), token, [publicKeyHash(ca)])).toThrow(
      `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${publicKeyHash(other)}" are pinned`,
    )
  })
  test('a text that was changed after it was signed', () => {
    const { data } = signed(kubeconfig(ca))
    expect(() => clusterInfoOf({ data: { ...data, kubeconfig: kubeconfig(other) } }, token, [])).toThrow(
      'failed to verify JWS signature of received cluster info object',
    )
  })
  test('a token with another secret', () => {
    expect(() => clusterInfoOf(signed(kubeconfig(ca), { id: 'abcdef', secret: 'fedcba9876543210' }), token, [])).toThrow('failed to verify JWS signature')
  })
  test('a token that the cluster does not know', () => {
    expect(() => clusterInfoOf({ data: { kubeconfig: kubeconfig(ca) } }, token, [])).toThrow('token id "abcdef" is invalid for this cluster or it has expired')
  })
  test('nothing at all', () => expect(() => clusterInfoOf({}, token, [])).toThrow('there is no kubeconfig key in the cluster-info ConfigMap'))
})

test.each([
  ['md5:00', 'unknown hash format "md5". Known format(s) are: sha256'],
  ['sha256:xyz', 'invalid sha256 hash'],
])('pin %s', (text, message) => expect(() => parsePin(text)).toThrow(message))

test('flags of joining', () => {
  const given = { join: '192.0.2.1:6443', token: 'abcdef.0123456789abcdef', discoveryTokenCaCertHash: [hash] }
  expect(joiningOf(given)).toEqual({ address: '192.0.2.1:6443', token, pins: [hash] })
  expect(joiningOf({ discoveryTokenCaCertHash: [] })).toBeUndefined()
  expect(() => joiningOf({ ...given, discoveryTokenCaCertHash: [] })).toThrow('using token-based discovery without caCertHashes can be unsafe')
  expect(joiningOf({ ...given, discoveryTokenCaCertHash: [], discoveryTokenUnsafeSkipCaVerification: true })?.pins).toEqual([])
  // The message does not show the secret.
  expect(() => joiningOf({ ...given, token: 'abcdef.SECRETSECRETSECR' })).toThrow('the bootstrap token "abcdef.***" was not of the form')
})
