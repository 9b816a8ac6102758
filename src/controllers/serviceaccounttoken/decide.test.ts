import { expect, test } from 'vitest'
import type { Secret, ServiceAccount } from '../../api/core/v1.ts'
import { decide, legacyClaims } from './decide.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const account = { metadata: { namespace: 'ns', name: 'a', uid: 'u1' } } as unknown as ServiceAccount
const annotations = { 'kubernetes.io/service-account.name': 'a' }
const uid = { 'kubernetes.io/service-account.uid': 'u1' }
const whole = { token: base64('T'), 'ca.crt': base64('CA'), namespace: base64('ns') }
const secret = (change: object = {}, data?: object) =>
  ({
    type: 'kubernetes.io/service-account-token',
    metadata: { namespace: 'ns', name: 's', annotations, ...change },
    ...(data ? { data } : {}),
  }) as unknown as Secret
const context = { rootCa: 'CA', sign: () => 'T' }

for (const { name, of, owner = account, expected } of [
  { name: 'empty: filled', of: secret(), expected: whole },
  { name: 'whole: kept', of: secret({}, whole), expected: 'keep' },
  {
    name: 'another authority: told; the token stays',
    of: secret({}, { ...whole, 'ca.crt': base64('OLD'), token: base64('OLD') }),
    expected: { ...whole, token: base64('OLD') },
  },
  { name: 'what somebody has put beside it stays', of: secret({}, { more: 'eA==' }), expected: { ...whole, more: 'eA==' } },
  { name: 'its account is gone', of: secret(), owner: null, expected: 'delete' },
  {
    name: 'its account is another of the same name',
    of: secret({ annotations: { ...annotations, 'kubernetes.io/service-account.uid': 'u0' } }),
    expected: 'delete',
  },
  { name: 'it is being deleted', of: secret({ deletionTimestamp: 'x' }), owner: null, expected: 'keep' },
  { name: 'it names no account', of: secret({ annotations: {} }), expected: 'keep' },
  { name: 'it is another kind of secret', of: { ...secret(), type: 'Opaque' }, expected: 'keep' },
] as const) {
  test(name, () => {
    const plan = decide(of, owner ?? undefined, context)
    expect(plan.kind === 'update' ? plan.secret.data : plan.kind).toEqual(expected)
    if (plan.kind === 'update') expect(plan.secret.metadata.annotations).toEqual({ ...annotations, ...uid })
  })
}

test('claims', () => {
  expect(legacyClaims(secret(), account)).toEqual({
    iss: 'kubernetes/serviceaccount',
    'kubernetes.io/serviceaccount/namespace': 'ns',
    'kubernetes.io/serviceaccount/secret.name': 's',
    'kubernetes.io/serviceaccount/service-account.name': 'a',
    'kubernetes.io/serviceaccount/service-account.uid': 'u1',
    sub: 'system:serviceaccount:ns:a',
  })
})
