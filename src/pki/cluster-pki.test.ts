import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeClock } from '../util/fake/clock.ts'
import { ensureClusterPki } from './cluster-pki.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pki-'))
})
afterAll(() => rm(directory, { recursive: true }))

const yearMs = 365 * 24 * 60 * 60 * 1000
const hosts = ['kubernetes.default.svc', 'localhost', '10.96.0.1', '::1']

test('a second start finds everything; a new host name or two thirds of a life renew only the leaf', async () => {
  const clock = new FakeClock()
  const first = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  const again = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  expect(again.apiServer).toEqual(first.apiServer)
  expect(again.ca.pair).toEqual(first.ca.pair)
  expect(again.serviceAccount).toEqual(first.serviceAccount)

  const renamed = await ensureClusterPki({ directory, apiServerHosts: [...hosts, '192.0.2.7'], clock })
  expect(renamed.apiServer).not.toEqual(first.apiServer)
  expect(renamed.ca.pair).toEqual(first.ca.pair)

  await clock.advance(yearMs * 0.7)
  const old = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  expect(old.frontProxyClient).not.toEqual(first.frontProxyClient)
  expect(old.ca.pair).toEqual(first.ca.pair)
})

test('certificates say who may use them for what, and chain to the authority', async () => {
  const clock = new FakeClock()
  const pki = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  const admin = new X509Certificate((await pki.client('admin', 'kubernetes-admin', ['system:masters'])).certificate)
  const authority = new X509Certificate(pki.ca.pair.certificate)
  expect(admin.subject).toBe('O=system:masters\nCN=kubernetes-admin')
  expect(admin.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  expect(admin.verify(authority.publicKey)).toBe(true)
  const server = new X509Certificate(pki.apiServer.certificate)
  expect(server.checkHost('kubernetes.default.svc')).toBeDefined()
  expect(server.checkIP('10.96.0.1')).toBeDefined()
  expect(server.checkHost('example.com')).toBeUndefined()
})

test('only the owner can read anything, also what an earlier version left open', async () => {
  const modes = async () => [
    (await stat(directory)).mode & 0o777,
    ...(await Promise.all((await readdir(directory)).map(async (file) => (await stat(join(directory, file))).mode & 0o777))),
  ]
  await chmod(join(directory, 'ca.crt'), 0o644)
  await chmod(directory, 0o755)
  await ensureClusterPki({ directory, apiServerHosts: hosts, clock: new FakeClock() })
  const [ofDirectory, ...ofFiles] = await modes()
  expect(ofDirectory).toBe(0o700)
  expect(ofFiles.length).toBeGreaterThan(10)
  expect(new Set(ofFiles)).toEqual(new Set([0o600]))
})

test('halves of two pairs are no pair', async () => {
  const clock = new FakeClock()
  const pki = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  await writeFile(join(directory, 'apiserver.key'), pki.frontProxyClient.key)
  const again = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  expect(again.apiServer).not.toEqual(pki.apiServer)
  expect(new X509Certificate(again.apiServer.certificate).checkPrivateKey(createPrivateKey(again.apiServer.key))).toBe(true)
})
