import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ConfigMap, Secret } from '../../api/core/v1.ts'
import { withSignatures } from './decide.ts'

const nowMs = Date.UTC(2026, 0, 1)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const usable = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true' }
const secret = (fields: Record<string, string>, name = 'bootstrap-token-abcdef') =>
  ({ metadata: { name }, data: Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, base64(value)])) }) as unknown as Secret
const info = (data: Record<string, string>) => ({ metadata: { name: 'cluster-info' }, data }) as unknown as ConfigMap
const header = Buffer.from('{"alg":"HS256","kid":"abcdef"}').toString('base64url')
const mac = createHmac('sha256', '0123456789abcdef')
  .update(`${header}.${Buffer.from('text').toString('base64url')}`)
  .digest('base64url')
const signature = `${header}..${mac}`

for (const { name, data = { kubeconfig: 'text' }, secrets, expected } of [
  { name: 'a signature for a token', secrets: [secret(usable)], expected: { kubeconfig: 'text', 'jws-kubeconfig-abcdef': signature } },
  { name: 'which is there', data: { kubeconfig: 'text', 'jws-kubeconfig-abcdef': signature }, secrets: [secret(usable)], expected: undefined },
  {
    name: 'which was changed',
    data: { kubeconfig: 'text', 'jws-kubeconfig-abcdef': 'x' },
    secrets: [secret(usable)],
    expected: { kubeconfig: 'text', 'jws-kubeconfig-abcdef': signature },
  },
  {
    name: 'of a token that has gone',
    data: { kubeconfig: 'text', 'jws-kubeconfig-abcdef': signature, more: 'x' },
    secrets: [],
    expected: { kubeconfig: 'text', more: 'x' },
  },
  { name: 'nothing to sign', data: { more: 'x' }, secrets: [secret(usable)], expected: undefined },
  { name: 'an expired token signs nothing', secrets: [secret({ ...usable, expiration: '2025-12-31T23:59:59Z' })], expected: undefined },
  { name: 'nor one whose date cannot be read', secrets: [secret({ ...usable, expiration: 'tomorrow' })], expected: undefined },
  { name: 'nor one for another use', secrets: [secret({ ...usable, 'usage-bootstrap-signing': 'True' })], expected: undefined },
  { name: 'nor one under a wrong name', secrets: [secret(usable, 'bootstrap-token-ghijkl')], expected: undefined },
  { name: 'nor one without a secret', secrets: [secret({ ...usable, 'token-secret': '' })], expected: undefined },
])
  test(name, () => expect(withSignatures(info(data), secrets, nowMs)?.data).toEqual(expected))
