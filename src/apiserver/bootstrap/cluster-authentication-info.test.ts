import { beforeAll, expect, test } from 'vitest'
import { CertificateAuthority } from '../../pki/certificate-authority.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { CertificateBundle } from '../authn/certificate-bundle.ts'
import { authenticationInfo } from './cluster-authentication-info.ts'

const nowMs = Date.UTC(2026, 0, 1)
const headers = {
  allowedNames: ['front-proxy-client'],
  usernameHeaders: ['X-Remote-User'],
  uidHeaders: ['X-Remote-Uid'],
  groupHeaders: ['X-Remote-Group'],
  extraHeaderPrefixes: ['X-Remote-Extra-'],
}
let own: string
let proxy: string
let another: string
let expired: string
beforeAll(async () => {
  const create = async (name: string, atMs = nowMs) => (await CertificateAuthority.create(name, new FakeClock(atMs))).pair.certificate
  ;[own, proxy, another, expired] = await Promise.all([create('own'), create('proxy'), create('another'), create('expired', Date.UTC(2010, 0, 1))])
})

test('all that this server believes; what another one has added stays, until it expires', () => {
  const trust = { client: new CertificateBundle(own), requestHeader: new CertificateBundle(proxy) }
  const first = authenticationInfo({}, trust, headers, nowMs)
  expect(first).toEqual({
    'client-ca-file': own,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-client-ca-file': proxy,
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  })
  expect(authenticationInfo(first, trust, headers, nowMs)).toEqual(first)
  const changed = { ...first, 'client-ca-file': `${expired}${another}`, 'requestheader-group-headers': '["X-Group","X-Remote-Group"]', mine: 'x' }
  expect(authenticationInfo(changed, trust, headers, nowMs)).toEqual({
    ...first,
    'client-ca-file': `${another}${own}`,
    'requestheader-group-headers': '["X-Group","X-Remote-Group"]',
  })
})

test('nonsense is replaced; without a proxy nothing is said of headers', () => {
  const trust = { client: new CertificateBundle(own), requestHeader: undefined }
  const broken = { 'client-ca-file': '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----', 'requestheader-allowed-names': '{' }
  expect(authenticationInfo(broken, trust, headers, nowMs)).toEqual({ 'client-ca-file': own })
  expect(authenticationInfo({}, { client: undefined, requestHeader: undefined }, headers, nowMs)).toEqual({})
})
