// CIS Kubernetes Benchmark v1.12, 1.2.16 to 1.2.19: what `cox server` keeps of its audit log, seen on logs of earlier days.
import { mkdirSync, mkdtempSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/util/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { CoxServer } from './cox-server.ts'

const mebibyte = 1024 * 1024
const dayMs = 24 * 60 * 60 * 1000
/** The name of a log that was put aside so many days ago. */
const backup = (days: number) => `audit-${new Date(systemClock.now() - days * dayMs).toISOString().replaceAll(':', '-').replace('Z', '')}.log`

/** @param bytes of the current log when the server starts; sparse */
async function serverWith(
  bytes: number,
  backups: readonly string[],
): Promise<{ readonly server: CoxServer; readonly names: () => string[]; readonly current: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'cis-audit-'))
  const folder = join(directory, 'data/audit')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const current = join(folder, 'audit.log')
  for (const name of backups) writeFileSync(join(folder, name), '{}\n')
  writeFileSync(current, '')
  truncateSync(current, bytes)
  const server = await CoxServer.start(directory)
  return { server, current, names: () => readdirSync(folder).filter((name) => name !== 'audit.log') }
}

test('1.2.16, 1.2.19: a log of less than 100 MB is gone on with; beyond, it is put aside', async () => {
  const { server, current, names } = await serverWith(90 * mebibyte, [])
  await using _ = server
  await eventually(() => expect(statSync(current).size).toBeGreaterThan(90 * mebibyte))
  expect(names()).toEqual([])
  const full = await serverWith(100 * mebibyte, [])
  await using __ = full.server
  await eventually(() => expect(full.names()).toHaveLength(1))
  expect(statSync(full.current).size).toBeLessThan(10 * mebibyte)
  expect(statSync(full.current).mode & 0o777).toBe(0o600)
})

test('1.2.17: logs of more than 30 days go, whatever their number', async () => {
  const kept = [backup(1), backup(29)]
  const old = backup(31)
  const { server, names } = await serverWith(100 * mebibyte, [...kept, old])
  await using _ = server
  // Beside the log that was just put aside.
  await eventually(() => expect(names()).toHaveLength(3))
  expect(names()).toEqual(expect.arrayContaining(kept))
})

test('1.2.18: of younger ones the last 10 stay', async () => {
  const { server, names } = await serverWith(
    100 * mebibyte,
    Array.from({ length: 12 }, (_, i) => backup(i + 1)),
  )
  await using _ = server
  await eventually(() => expect(names()).toHaveLength(10))
})
