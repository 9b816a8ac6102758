import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
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

test('only the owner can read keys, and nobody else the directory', async () => {
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
  for (const file of await readdir(directory))
    expect([file, (await stat(join(directory, file))).mode & 0o777]).toEqual([file, file.endsWith('.key') ? 0o600 : 0o644])
})
