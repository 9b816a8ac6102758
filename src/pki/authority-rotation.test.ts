import { X509Certificate } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../util/clock.ts'
import { rotateAuthorities } from './authority-rotation.ts'
import { certificatesOf } from './certificates-of.ts'
import { ensureClusterPki } from './cluster-pki.ts'
import { isPair } from './key-pair-files.ts'
import { rotateServiceAccountKey } from './service-account-keys.ts'

let directory: string
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rotate-'))
  await pki()
})
afterEach(() => rmSync(directory, { recursive: true }))

const pki = () => ensureClusterPki({ directory, apiServerHosts: ['10.0.0.1'], clock: systemClock })
const read = (name: string) => readFileSync(join(directory, name), 'utf8')
const rotate = (step: 'trust' | 'issue' | 'finish') => rotateAuthorities(directory, step, systemClock)
const issuersOf = (...names: readonly string[]) =>
  names.map((name) => new X509Certificate(read(`${name}.crt`)).issuer.replace('CN=', '').replace(/-\d.*/, '-new'))
const leaves = ['apiserver', 'apiserver-kubelet-client', 'front-proxy-client'] as const
const signs = (name: string) => isPair({ certificate: read(`${name}.crt`), key: read(`${name}.key`) })

test('old and new side by side, then the new one, then the new one alone', async () => {
  const [old] = certificatesOf(read('ca.crt'))
  expect(await rotate('trust')).toEqual([
    'ca: the new authority is believed beside the old one',
    'front-proxy-ca: the new authority is believed beside the old one',
  ])
  expect(certificatesOf(read('ca.crt'))[0]).toBe(old)
  expect(certificatesOf(read('ca.crt'))).toHaveLength(2)
  expect([signs('ca'), ...issuersOf(...leaves)]).toEqual([true, 'kubernetes', 'kubernetes', 'front-proxy-ca'])

  const before = read('apiserver.key')
  expect(await rotate('issue')).toEqual([
    'ca: the new authority signs',
    'apiserver renewed',
    'apiserver-kubelet-client renewed',
    'front-proxy-ca: the new authority signs',
    'front-proxy-client renewed',
  ])
  expect(certificatesOf(read('ca.crt'))[1]).toBe(old)
  expect([signs('ca'), signs('front-proxy-ca'), ...issuersOf(...leaves)]).toEqual([true, true, 'kubernetes-new', 'kubernetes-new', 'front-proxy-ca-new'])
  expect(read('apiserver.key')).not.toBe(before)
  expect(new X509Certificate(read('apiserver.crt')).checkIP('10.0.0.1')).toBe('10.0.0.1')
  expect(existsSync(join(directory, 'ca-next.key'))).toBe(false)
  // A server that starts in between keeps what there is.
  const renewed = read('apiserver.crt')
  const { ca, caBundle } = await pki()
  expect([read('apiserver.crt'), certificatesOf(caBundle).length, certificatesOf(ca.pair.certificate).length]).toEqual([renewed, 2, 1])

  expect(await rotate('finish')).toEqual(['ca: the old authority is not believed any more', 'front-proxy-ca: the old authority is not believed any more'])
  expect([certificatesOf(read('ca.crt')).length, signs('ca')]).toEqual([1, true])
  expect(read('ca.crt')).not.toContain(old)
  expect(await rotate('finish')).toEqual([])
})

test('steps are taken in their order, and again when they were interrupted', async () => {
  await expect(rotate('issue')).rejects.toThrow('ca: there is no new authority yet: take the step trust first')
  await rotate('trust')
  const once = read('ca.crt')
  await rotate('trust')
  expect(read('ca.crt')).toBe(once)
  await expect(rotate('finish')).rejects.toThrow('ca: the old authority still signs: take the step issue first')
  await rotate('issue')
  await expect(rotate('trust')).rejects.toThrow('ca: a rotation has gone further already: take the step finish first')
})

test('the key of service account tokens', async () => {
  const old = read('sa.pub').trim()
  await rotateServiceAccountKey(directory, 'begin')
  expect(read('sa.pub').trim().endsWith(old)).toBe(true)
  expect(read('sa.pub').match(/BEGIN PUBLIC KEY/g)).toHaveLength(2)
  await rotateServiceAccountKey(directory, 'finish')
  expect(read('sa.pub').match(/BEGIN PUBLIC KEY/g)).toHaveLength(1)
  expect(read('sa.pub')).not.toContain(old)
  await expect(rotateServiceAccountKey(join(directory, 'none'), 'begin')).rejects.toThrow('there are no keys in')
})
