import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPolicy } from '../../apiserver/audit/policy/default-policy.ts'
import { silentLogger } from '../../component-base/logger.ts'
import { addAuditFlags, auditOptionsOf } from './audit.ts'

let folder: string
const file = (name: string) => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cox-audit-flags-'))
  writeFileSync(file('policy'), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n')
  writeFileSync(file('bad-policy'), 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: All}]\n')
  const kubeconfig = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: 'https://receiver.example/audit' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: 't' } }],
  }
  writeFileSync(file('kubeconfig'), JSON.stringify(kubeconfig))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** `@name` stands for a file of the test's folder. */
function read(line: string) {
  const argv = line.split(' ').filter(Boolean)
  const command = addAuditFlags(new Command().exitOverride()).parse(
    argv.map((word) => word.replace(/(^|=)@(.*)/, (_, before: string, name: string) => before + file(name))),
    { from: 'user' },
  )
  return auditOptionsOf(command.opts(), silentLogger)
}

const log = '--audit-policy-file=@policy --audit-log-path=/x'
const webhook = '--audit-policy-file=@policy --audit-webhook-config-file=@kubeconfig'

test('off, unless there are a policy and somewhere to write to', async () => {
  expect(await read('')).toBeUndefined()
  expect(await read('--audit-log-path=/x')).toBeUndefined()
  expect(await read('--audit-policy-file=@policy')).toBeUndefined()
})

test("upstream's defaults", async () => {
  const target = { mode: 'blocking', batch: { bufferMax: 10_000, batchMax: 1, waitMs: 0, concurrent: false } }
  expect(await read(log)).toEqual({
    policy: { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', metadata: {}, rules: [{ level: 'Metadata' }] },
    log: { ...target, path: '/x', format: 'json', maxAgeDays: 0, maxBackups: 0, maxSizeMegabytes: 0, compress: false },
  })
  expect((await read(webhook))!.webhook).toMatchObject({
    mode: 'batch',
    batch: { bufferMax: 10_000, batchMax: 400, waitMs: 30_000, concurrent: true, throttle: { perSecond: 10, burst: 15 } },
    initialBackoffMs: 10_000,
    target: { server: 'https://receiver.example/audit' },
  })
})

test('all of the log', async () => {
  const flags = '--audit-log-maxage=30 --audit-log-maxbackup 10 --audit-log-maxsize=100 --audit-log-compress --audit-log-format=legacy'
  const truncate = '--audit-log-truncate-enabled --audit-log-truncate-max-event-size=1000 --audit-log-truncate-max-batch-size=2000'
  const batch = '--audit-log-mode=batch --audit-log-batch-max-size=5 --audit-log-batch-max-wait=1m30s --audit-log-batch-throttle-enable=false'
  expect((await read(`${log} ${flags} ${truncate} ${batch}`))!.log).toEqual({
    path: '/x',
    format: 'legacy',
    maxAgeDays: 30,
    maxBackups: 10,
    maxSizeMegabytes: 100,
    compress: true,
    truncate: { eventBytesMax: 1000, batchBytesMax: 2000 },
    mode: 'batch',
    batch: { bufferMax: 10_000, batchMax: 5, waitMs: 90_000, concurrent: false },
  })
})

test('a command may have a policy of its own; a file goes before it', async () => {
  const options = addAuditFlags(new Command(), { logPath: '/data/audit.log', maxAge: '30', maxBackup: '10', maxSize: '100' }).parse([], { from: 'user' }).opts()
  expect(await auditOptionsOf(options, silentLogger, defaultPolicy)).toMatchObject({ policy: defaultPolicy, log: { path: '/data/audit.log', maxAgeDays: 30 } })
  expect((await auditOptionsOf({ ...options, auditPolicyFile: file('policy') }, silentLogger, defaultPolicy))!.policy.rules).toEqual([{ level: 'Metadata' }])
  expect(await auditOptionsOf({ ...options, auditLogPath: '' }, silentLogger, defaultPolicy)).toBeUndefined()
})

for (const [line, error] of [
  ['--audit-policy-file=@missing --audit-log-path=/x', /^loading audit policy file: failed to read file path ".*missing": ENOENT/],
  [
    '--audit-policy-file=@bad-policy --audit-log-path=/x',
    /^loading audit policy file: rules\[0\].level: Unsupported value: "All": .*: from file .*bad-policy$/,
  ],
  [`${log} --audit-log-mode=sometimes`, 'invalid audit log mode sometimes, allowed modes are "batch,blocking,blocking-strict"'],
  [`${log} --audit-log-format=xml`, 'invalid audit log format xml, allowed formats are "legacy,json"'],
  [`${log} --audit-log-version=audit.k8s.io/v1beta1`, 'invalid group version, allowed versions are ["audit.k8s.io/v1"]'],
  [`${log} --audit-log-maxage=-1`, "--audit-log-maxage -1 can't be a negative number"],
  [`${log} --audit-log-maxsize=big`, "--audit-log-maxsize big can't be a negative number"],
  [`${log} --audit-log-mode=batch --audit-log-batch-buffer-size=0`, 'invalid audit batch log buffer size 0, must be a positive number'],
  [`${webhook} --audit-webhook-batch-max-size=0`, 'invalid audit batch webhook max batch size 0, must be a positive number'],
  [`${webhook} --audit-webhook-batch-throttle-qps=0`, 'invalid audit batch webhook throttle QPS 0, must be a positive number'],
  [`${log} --audit-log-truncate-max-event-size=0`, 'invalid audit truncate log max event size 0, must be a positive number'],
  [`${log} --audit-log-truncate-max-batch-size=10`, 'invalid audit truncate log max batch size 10, must be greater than max event size (102400)'],
  ['--audit-policy-file=@policy --audit-webhook-config-file=@missing', /^initializing audit webhook: stat .*missing: no such file or directory$/],
] as const) {
  test(`refused: ${line}`, () => expect(read(line)).rejects.toThrow(error))
}

test('options that are not used are not checked', async () => {
  expect(await read(`${log} --audit-log-batch-buffer-size=0`)).toBeDefined()
})
