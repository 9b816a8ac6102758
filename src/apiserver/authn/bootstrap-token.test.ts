import { expect, test } from 'vitest'
import type { Secret } from '../../api/core/v1.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const fields = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' }
const good = 'abcdef.0123456789abcdef'

function secretOf(change: Record<string, string>, more: object = {}): Secret {
  const data = Object.fromEntries(Object.entries({ ...fields, ...change }).map(([name, value]) => [name, base64(value)]))
  return { metadata: { name: 'bootstrap-token-abcdef' }, type: 'bootstrap.kubernetes.io/token', data, ...more } as unknown as Secret
}

interface Row {
  readonly name: string
  readonly token?: string
  readonly secret?: Secret | undefined
  readonly groups: readonly string[] | undefined
}

const rows: readonly Row[] = [
  { name: 'as it should be', groups: ['system:bootstrappers'] },
  { name: 'until it expires', secret: secretOf({ expiration: '2026-01-01T00:00:01Z' }), groups: ['system:bootstrappers'] },
  { name: 'expired', secret: secretOf({ expiration: '2026-01-01T00:00:00Z' }), groups: undefined },
  { name: 'an end that cannot be read', secret: secretOf({ expiration: 'soon' }), groups: undefined },
  { name: 'another secret', token: 'abcdef.0123456789abcdee', groups: undefined },
  { name: 'a longer secret in the Secret', secret: secretOf({ 'token-secret': '0123456789abcdef0' }), groups: undefined },
  { name: 'another id inside', secret: secretOf({ 'token-id': 'ghijkl' }), groups: undefined },
  { name: 'not for authentication', secret: secretOf({ 'usage-bootstrap-authentication': 'false' }), groups: undefined },
  { name: 'another type', secret: secretOf({}, { type: 'Opaque' }), groups: undefined },
  {
    name: 'being deleted',
    secret: secretOf({}, { metadata: { name: 'bootstrap-token-abcdef', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    groups: undefined,
  },
  { name: 'without data', secret: secretOf({}, { data: undefined }), groups: undefined },
  { name: 'deleted', secret: undefined, groups: undefined },
  {
    name: 'more groups, each once',
    secret: secretOf({ 'auth-extra-groups': 'system:bootstrappers:b,system:bootstrappers:a,system:bootstrappers:b' }),
    groups: ['system:bootstrappers', 'system:bootstrappers:a', 'system:bootstrappers:b'],
  },
  { name: 'a group that is not for it', secret: secretOf({ 'auth-extra-groups': 'system:bootstrappers:a,system:masters' }), groups: undefined },
  { name: 'a group with a line break', secret: secretOf({ 'auth-extra-groups': 'system:bootstrappers:a\n' }), groups: undefined },
]

for (const { name, token = good, groups, ...row } of rows) {
  test(name, async () => {
    const secret = 'secret' in row ? row.secret : secretOf({})
    const authenticate = bootstrapTokenAuthenticator((of) => Promise.resolve(of === 'bootstrap-token-abcdef' ? secret : undefined), new FakeClock())
    const user = await authenticate({ bearerToken: token, clientCertificate: undefined })
    expect(user).toEqual(groups && { name: 'system:bootstrap:abcdef', groups, extra: new Map() })
  })
}

test.each([
  'abcdef',
  'abcdef.',
  'ABCDEF.0123456789abcdef',
  'abcde.0123456789abcdef',
  'abcdef.0123456789abcde',
  'abcdef.0123456789abcdef0',
  ' abcdef.0123456789abcdef',
])('nothing is looked up for %j, which is no bootstrap token', async (bearerToken) => {
  const authenticate = bootstrapTokenAuthenticator(() => Promise.reject(new Error('looked up')), new FakeClock())
  expect(await authenticate({ bearerToken, clientCertificate: undefined })).toBeUndefined()
})
