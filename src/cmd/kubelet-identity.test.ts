import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silentLogger } from '../component-base/logger.ts'
import { CertificateAuthority, type KeyPair } from '../pki/certificate-authority.ts'
import { systemClock } from '../util/clock.ts'
import { servedFromFiles } from './kubelet-identity.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubelet-'))
})
afterEach(() => rm(directory, { recursive: true }))

test('a pair of files that is replaced is served; halves are not', async () => {
  const [cert, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')]
  const authority = await CertificateAuthority.create('test-ca', systemClock)
  const issue = () => authority.issue({ commonName: 'system:node:n1', hosts: ['n1'], usages: ['server'], validityDays: 1 })
  const [first, second] = [await issue(), await issue()]
  await writeFile(cert, first.certificate)
  await writeFile(key, first.key)
  const { serving, component } = servedFromFiles(cert, key, silentLogger)
  expect([serving.certificate, serving.key]).toEqual([first.certificate, first.key])
  const served: KeyPair[] = []
  serving.onNewCertificate((pair) => served.push(pair))
  const stop = new AbortController()
  const running = component.run(stop.signal)
  await writeFile(cert, second.certificate)
  await writeFile(key, second.key)
  await vi.waitFor(() => expect(served.at(-1)).toEqual(second), 10_000)
  expect(served.every(({ certificate }) => certificate === second.certificate)).toBe(true)
  stop.abort()
  await running
})
