import { expect, test } from 'vitest'
import type { CertificateSigningRequest } from '../../api/certificates/v1.ts'
import { deleteAtMs } from './decide.ts'

const startMs = Date.UTC(2026, 0, 1)
const hourMs = 3_600_000
const at = (hours: number) => new Date(startMs + hours * hourMs).toISOString()

function request(type: string | undefined, { updated = 2, certificate = '' }: { updated?: number; certificate?: string } = {}): CertificateSigningRequest {
  const conditions = type ? [{ type, status: 'True', lastUpdateTime: at(updated) }] : []
  return { metadata: { creationTimestamp: at(0) }, status: { conditions, ...(certificate ? { certificate } : {}) } } as unknown as CertificateSigningRequest
}

for (const { name, of, notAfter, hours } of [
  { name: 'nobody looked: a day', of: request(undefined), hours: 24 },
  { name: 'denied: an hour', of: request('Denied'), hours: 3 },
  { name: 'failed: an hour', of: request('Failed'), hours: 3 },
  { name: 'issued: an hour after the approval', of: request('Approved', { certificate: 'x' }), notAfter: 100, hours: 3 },
  { name: 'issued and expired: at once', of: request('Approved', { certificate: 'x', updated: 9 }), notAfter: 1, hours: 1 },
  { name: 'approved, not issued: its signer may still come', of: request('Approved'), hours: undefined },
  { name: 'a condition of its own signer: no limit', of: request('Waiting'), hours: undefined },
])
  test(name, () =>
    expect(deleteAtMs(of, notAfter === undefined ? undefined : startMs + notAfter * hourMs)).toBe(hours === undefined ? undefined : startMs + hours * hourMs),
  )
