import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../util/fake/clock.ts'
import { ensureClusterPki } from './cluster-pki.ts'
import { factsOf, isDue, keepCertificatesCurrent, renewCertificates } from './renewal.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'renewal-'))
})
afterEach(() => rm(directory, { recursive: true }))

const dayMs = 24 * 60 * 60 * 1000
const hosts = ['kubernetes.default.svc', '10.96.0.1', 'fd00::1']
const pemOf = (name: string) => readFile(join(directory, `${name}.crt`), 'utf8')

test('a renewed certificate says the same, has another key, and lives anew; authorities stay', async () => {
  const clock = new FakeClock()
  const pki = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  await pki.client('admin', 'kubernetes-admin', ['system:masters', 'a, b'])
  await pki.node('n1')
  const names = ['admin', 'apiserver', 'apiserver-kubelet-client', 'ca', 'front-proxy-ca', 'front-proxy-client', 'node-n1']
  const before = await Promise.all(names.map(pemOf))
  await clock.advance(100 * dayMs)
  expect(await renewCertificates(directory, (pair) => isDue(pair, clock.now()), clock)).toEqual([])
  const renewed = await renewCertificates(directory, () => true, clock)
  expect(renewed).toEqual(names.filter((name) => !name.endsWith('ca')))
  const after = await Promise.all(names.map(pemOf))
  for (const [index, name] of names.entries()) {
    const [old, now] = [factsOf(name, before[index]!), factsOf(name, after[index]!)]
    if (!renewed.includes(name)) expect([name, now]).toEqual([name, old])
    else {
      expect({ ...now, notBeforeMs: 0, notAfterMs: 0 }).toEqual({ ...old, notBeforeMs: 0, notAfterMs: 0 })
      expect(now.notAfterMs - old.notAfterMs).toBe(100 * dayMs)
      const [oldLeaf, leaf] = [new X509Certificate(before[index]!), new X509Certificate(after[index]!)]
      expect(leaf.keyUsage).toEqual(oldLeaf.keyUsage)
      expect(leaf.publicKey.equals(oldLeaf.publicKey)).toBe(false)
      expect([pki.ca, pki.frontProxyCa].some(({ pair }) => leaf.verify(new X509Certificate(pair.certificate).publicKey))).toBe(true)
    }
  }
})

test('what has a third of its life left is renewed without anybody asking', async () => {
  const clock = new FakeClock()
  await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  const first = await pemOf('apiserver')
  const stop = new AbortController()
  const renewed: string[] = []
  const wake = Promise.withResolvers<void>()
  // A clock on which an hour passes whenever the loop sleeps, up to the day on which it has found something.
  const loop = keepCertificatesCurrent(
    {
      directory,
      clock: {
        now: () => clock.now(),
        monotonic: () => clock.monotonic(),
        after: (ms, fn) => clock.after(ms, fn),
        sleep: async (_, signal) => {
          signal?.throwIfAborted()
          await clock.advance(30 * dayMs)
        },
      },
      report(outcome) {
        if ('error' in outcome) return wake.reject(outcome.error as Error)
        renewed.push(...outcome.renewed)
        wake.resolve()
      },
    },
    stop.signal,
  )
  await wake.promise
  stop.abort()
  await loop
  expect(renewed).toEqual(['apiserver', 'apiserver-kubelet-client', 'front-proxy-client'])
  const [old, now] = [factsOf('', first), factsOf('', await pemOf('apiserver'))]
  expect(clock.now()).toBeLessThan(old.notAfterMs)
  expect(now.notAfterMs).toBeGreaterThan(old.notAfterMs)
  expect(now.hosts).toEqual(hosts)
})
