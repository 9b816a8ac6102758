import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { newCertificateRequest } from './certificate-request.ts'
import { checkRequestSignature } from './request-signature.ts'

const directory = mkdtempSync(join(tmpdir(), 'csr-'))
afterAll(() => rmSync(directory, { recursive: true }))

const derOf = (pem: string) => Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')

/** A request as others make them. */
function openssl(...key: readonly string[]): Buffer {
  const [csr, keyFile] = [join(directory, 'r.csr'), join(directory, 'r.key')]
  execFileSync('openssl', ['req', '-new', '-nodes', '-keyout', keyFile, '-out', csr, '-subj', '/O=system:nodes/CN=system:node:n', ...key], { stdio: 'ignore' })
  return derOf(readFileSync(csr, 'utf8'))
}

/** The same with one bit of its last byte, which belongs to the signature, turned. */
function forged(der: Buffer): Buffer {
  const copy = Buffer.from(der)
  copy[copy.length - 1]! ^= 1
  return copy
}

describe.each([
  ['RSA', ['-newkey', 'rsa:2048'], 'crypto/rsa: verification error'],
  ['RSA with SHA-512', ['-newkey', 'rsa:2048', '-sha512'], 'crypto/rsa: verification error'],
  ['RSA-PSS', ['-newkey', 'rsa:2048', '-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest'], 'crypto/rsa: verification error'],
  ['ECDSA P-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'x509: ECDSA verification failure'],
  ['ECDSA P-384', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha384'], 'x509: ECDSA verification failure'],
  ['Ed25519', ['-newkey', 'ed25519'], 'x509: Ed25519 verification failure'],
])('%s', (_, key, failure) => {
  const der = openssl(...key)
  test('signed with its own key', () => expect(() => checkRequestSignature(der)).not.toThrow())
  test('not signed with it', () => expect(() => checkRequestSignature(forged(der))).toThrow(failure))
})

test('a request of our own', async () => {
  const { request } = await newCertificateRequest({ commonName: 'system:node:n', organizations: ['system:nodes'], hosts: ['n', '10.0.0.1'] })
  expect(() => checkRequestSignature(derOf(request))).not.toThrow()
})

test('SHA-1 proves nothing', () => {
  expect(() => checkRequestSignature(openssl('-newkey', 'rsa:2048', '-sha1'))).toThrow('x509: cannot verify signature: insecure algorithm SHA1-RSA')
})

test('another name under the same signature', () => {
  const der = openssl('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256')
  const at = der.indexOf('system:node:n')
  der.write('system:node:m', at)
  expect(() => checkRequestSignature(der)).toThrow('x509: ECDSA verification failure')
})

test.each<[what: string, bytes: readonly number[], message: string]>([
  ['nothing', [], 'asn1: syntax error: data truncated'],
  ['an empty sequence', [0x30, 0x00], 'asn1: syntax error: sequence truncated'],
  ['a length without end', [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00], 'asn1: syntax error: data truncated'],
  ['a number', [0x02, 0x01, 0x05], "asn1: structure error: tags don't match"],
  ['a sequence of numbers', [0x30, 0x09, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01], "asn1: structure error: tags don't match"],
])('%s', (_, bytes, message) => expect(() => checkRequestSignature(Uint8Array.from(bytes))).toThrow(message))
