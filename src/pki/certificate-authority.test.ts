import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeClock } from '../util/fake/clock.ts'
import { CertificateAuthority } from './certificate-authority.ts'
import { newCertificateRequest, parseCertificateRequest } from './certificate-request.ts'
import { keyUsagesOf } from './key-usages.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pki-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const file = (name: string) => join(directory, name)
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' })
const clientUses = ['digital signature', 'client auth']

function opensslRequest(name: string, newKey: readonly string[], subject: string, ...more: string[]): string {
  openssl('req', '-new', '-nodes', '-newkey', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject, ...more)
  return readFileSync(file(`${name}.csr`), 'utf8')
}

const rsa = ['rsa:2048']
const p384 = ['ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1']

for (const { name, key } of [
  { name: 'an RSA key', key: rsa },
  { name: 'a P-384 key', key: p384 },
  { name: 'an Ed25519 key', key: ['ed25519'] },
]) {
  test(`a request that openssl made for ${name} is certified, and openssl believes it`, async () => {
    const authority = await CertificateAuthority.create('test-ca', new FakeClock(Date.now()))
    const names = 'subjectAltName=DNS:n1,IP:10.0.0.1,IP:fd00:0:0:0:0:0:0:1,email:a@example.com,URI:spiffe://x/y'
    const request = await parseCertificateRequest(opensslRequest('asks', key, '/O=b/O=a/CN=alice', '-addext', names))
    expect(request).toMatchObject({
      commonName: 'alice',
      organizations: ['b', 'a'],
      dnsNames: ['n1'],
      ipAddresses: ['10.0.0.1', 'fd00::1'],
      emailAddresses: ['a@example.com'],
      uris: ['spiffe://x/y'],
    })
    const pem = await authority.sign(request, { usages: clientUses, validityMs: hourMs })
    writeFileSync(file('ca.crt'), authority.pair.certificate)
    writeFileSync(file('leaf.crt'), pem)
    expect(openssl('verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', 'ca.crt', 'leaf.crt').toString()).toContain('OK')
    const leaf = new X509Certificate(pem)
    expect(leaf.subject).toBe('O=b\nO=a\nCN=alice')
    expect(leaf.subjectAltName).toContain('IP Address:FD00:0:0:0:0:0:0:1')
    expect([leaf.ca, leaf.keyUsage]).toEqual([false, ['1.3.6.1.5.5.7.3.2']])
  })
}

test('an authority that somebody else made signs, whatever its key', async () => {
  for (const key of [rsa, p384]) {
    openssl(
      'req',
      '-x509',
      '-nodes',
      '-newkey',
      ...key,
      '-keyout',
      'other.key',
      '-out',
      'other.crt',
      '-subj',
      '/O=we/CN=ours',
      '-days',
      '30',
      '-addext',
      'keyUsage=critical,keyCertSign',
    )
    const pair = { certificate: readFileSync(file('other.crt'), 'utf8'), key: readFileSync(file('other.key'), 'utf8') }
    const authority = new CertificateAuthority(pair, new FakeClock(Date.now()))
    const { request } = await newCertificateRequest({ commonName: 'system:node:n1', organizations: ['system:nodes'], hosts: ['n1', '10.0.0.1'] })
    writeFileSync(file('leaf.crt'), await authority.sign(await parseCertificateRequest(request), { usages: ['server auth'], validityMs: hourMs }))
    expect(openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'other.crt', 'leaf.crt').toString()).toContain('OK')
  }
})

test.each<[why: string, validityMs: number, livesMs: number]>([
  ['short-lived: the five minutes of backdating are no loss', 10 * minuteMs, 10 * minuteMs],
  ['eight hours and more: backdating is taken off its end', 8 * hourMs, 8 * hourMs - 5 * minuteMs],
  ['never longer than the authority itself', 20 * 365 * 24 * hourMs, 3650 * 24 * hourMs],
])('how long: %s', async (_, validityMs, livesMs) => {
  const clock = new FakeClock()
  const authority = await CertificateAuthority.create('test-ca', clock)
  const { request } = await newCertificateRequest({ commonName: 'alice', organizations: [] })
  const leaf = new X509Certificate(await authority.sign(await parseCertificateRequest(request), { usages: clientUses, validityMs }))
  expect([clock.now() - leaf.validFromDate.getTime(), leaf.validToDate.getTime() - clock.now()]).toEqual([5 * minuteMs, livesMs])
})

test('what is not signed', async () => {
  const clock = new FakeClock()
  const authority = await CertificateAuthority.create('test-ca', clock)
  const { request } = await newCertificateRequest({ commonName: 'alice', organizations: [] })
  const bytes = Buffer.from(request.replaceAll(/-----.*-----|\s/g, ''), 'base64')
  bytes[bytes.length - 1]! ^= 1
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  const policy = { usages: clientUses, validityMs: hourMs }
  await expect(authority.sign(await parseCertificateRequest(forged), policy)).rejects.toThrow('unable to verify certificate request signature')
  const good = await parseCertificateRequest(request)
  await expect(authority.sign(good, { ...policy, usages: ['client auth', 'fishing'] })).rejects.toThrow('unrecognized usage values: ["fishing"]')
  await clock.advance(3651 * 24 * hourMs)
  await expect(authority.sign(good, policy)).rejects.toThrow('the signer has expired')
})

test.each([
  ['no PEM', 'hello', 'PEM block type must be CERTIFICATE REQUEST'],
  ['another block first', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n', 'PEM block type must be CERTIFICATE REQUEST'],
  ['larger than any that is meant', ' '.repeat(16 * 1024 + 1), 'certificate request of 16385 bytes is larger than 16384'],
  ['no DER', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n', ''],
])('no request: %s', async (_, pem, message) => {
  await expect(parseCertificateRequest(pem)).rejects.toThrow(message)
})

test('usages become bits and object identifiers, each once', () => {
  expect(keyUsagesOf(['s/mime', 'client auth', 'email protection', 'signing', 'digital signature', 'crl sign'])).toEqual({
    flags: 1 | 64,
    extended: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.4'],
  })
})
