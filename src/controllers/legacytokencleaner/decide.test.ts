import { expect, test } from 'vitest'
import type { Pod, Secret, ServiceAccount } from '../../api/core/v1.ts'
import { decide } from './decide.ts'

const nowMs = Date.UTC(2026, 11, 1)
const periodMs = 30 * 24 * 3_600_000
const account = { metadata: { name: 'a' }, secrets: [{ name: 'a-token-x' }] } as unknown as ServiceAccount
const mounting = { spec: { volumes: [{ name: 'v', secret: { secretName: 'a-token-x' } }] } } as unknown as Pod
const secret = (labels: Record<string, string> = {}, { created = '2026-01-01T00:00:00Z', name = 'a-token-x' } = {}) =>
  ({ metadata: { name, labels, creationTimestamp: created } }) as unknown as Secret
const used = (day: string) => ({ 'kubernetes.io/legacy-token-last-used': day })
const invalid = (day: string) => ({ 'kubernetes.io/legacy-token-invalid-since': day })

// A token has to be unused for 30 days before 1 December, and invalid for 30 more before it goes.
for (const { name, of, trackedSince = '2026-01-01', pods = [], owner = account, expected } of [
  { name: 'never used since anybody takes account', of: secret(), expected: 'invalidate' },
  { name: 'not used for long', of: secret(used('2026-10-30')), expected: 'invalidate' },
  { name: 'used lately', of: secret(used('2026-11-20')), expected: 'keep' },
  { name: 'made lately', of: secret({}, { created: '2026-11-20T00:00:00Z' }), expected: 'keep' },
  { name: 'account is taken only lately', of: secret(), trackedSince: '2026-11-20', expected: 'keep' },
  { name: 'no account is taken', of: secret(), trackedSince: 'never', expected: 'keep' },
  { name: 'mounted by a pod', of: secret(), pods: [mounting], expected: 'keep' },
  { name: 'made on purpose: the account does not list it', of: secret({}, { name: 'mine' }), expected: 'keep' },
  { name: 'its account is gone: for the token controller', of: secret(), owner: null, expected: 'keep' },
  { name: 'invalid, not for long', of: secret(invalid('2026-11-20')), expected: 'keep' },
  { name: 'invalid for long', of: secret(invalid('2026-10-30')), expected: 'delete' },
  { name: 'the day of the mark cannot be read', of: secret(invalid('long ago')), expected: 'invalidate' },
  { name: 'the day that ends the period is not over', of: secret(invalid('2026-10-31')), expected: 'keep' },
] as const) {
  test(name, () => expect(decide(of, { account: owner ?? undefined, pods, trackedSince, periodMs, nowMs })).toBe(expected))
}
