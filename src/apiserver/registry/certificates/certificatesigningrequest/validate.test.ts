import { expect, test } from 'vitest'
import type { CertificateSigningRequest } from '../../../../api/certificates/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { newCertificateRequest } from '../../../../pki/certificate-request.ts'
import { validateSigningRequest, validateSigningRequestUpdate } from './validate.ts'

const pem = Buffer.from((await newCertificateRequest({ commonName: 'c', organizations: [] })).request).toString('base64')
const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n').toString('base64')

function request(types: readonly string[], issued?: string): CertificateSigningRequest {
  const conditions = types.map((type) => ({ type, status: 'True' }))
  const status = { conditions, ...(issued ? { certificate: issued } : {}) }
  return { metadata: { name: 'r' }, spec: { request: pem, signerName: 'example.com/s', usages: ['any'] }, status } as unknown as CertificateSigningRequest
}

test.each<[why: string, now: CertificateSigningRequest, old: CertificateSigningRequest, may: 'approve' | 'sign', expected: readonly string[]]>([
  ['an approver approves', request(['Approved']), request([]), 'approve', []],
  ['a signer signs', request(['Approved'], certificate), request(['Approved']), 'sign', []],
  [
    'a signer does not approve',
    request(['Approved']),
    request([]),
    'sign',
    ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'],
  ],
  ['an approver does not sign', request([], certificate), request([]), 'approve', ['status.certificate: Forbidden: updates may not set certificate content']],
  ['a decision stays', request([]), request(['Denied']), 'approve', ['status.conditions: Forbidden: updates may not remove a condition of type "Denied"']],
  [
    'there is one decision',
    request(['Approved', 'Denied']),
    request(['Approved']),
    'approve',
    ['status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'],
  ],
])('%s', (_, now, old, may, expected) => {
  expect(validateSigningRequestUpdate(now, old, may).map(fieldErrorMessage)).toEqual(expected)
})

test('who asks has the key', () => {
  const { spec } = request([])
  const der = Buffer.from(
    Buffer.from(pem, 'base64')
      .toString()
      .replaceAll(/-----[^-]+-----|\s/g, ''),
    'base64',
  )
  der[der.length - 1]! ^= 1
  const forged = Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`).toString('base64')
  expect(validateSigningRequest({ ...request([]), spec: { ...spec, request: forged } }).map(fieldErrorMessage)).toEqual([
    `spec.request: Invalid value: "${forged}": x509: ECDSA verification failure`,
  ])
})

test.each<[why: string, signerName: string, expected: readonly string[]]>([
  ['longest', `${'a.'.repeat(126)}a/${'a.'.repeat(127)}${'a'.repeat(63)}`, []],
  ['too long', `${'a.'.repeat(126)}a/${'a.'.repeat(127)}${'a'.repeat(64)}`, ['Too long: may not be more than 571 bytes']],
  ['no path', 'example.com', [`Invalid value: "example.com": must be a fully qualified domain and path of the form 'example.com/signer-name'`]],
  ['one segment', 'example/s', ['Invalid value: "example": should be a domain with at least two segments separated by dots']],
])('names of signers: %s', (_, signerName, expected) => {
  const signed = { ...request([]), spec: { ...request([]).spec, signerName } }
  expect(validateSigningRequest(signed).map(fieldErrorMessage)).toEqual(expected.map((message) => `spec.signerName: ${message}`))
})

test('the first bad segment of the name of a signer is the one told of, alone', () => {
  const signed = { ...request([]), spec: { ...request([]).spec, signerName: 'a.B.C/D.E' } }
  const told = validateSigningRequest(signed).map(({ badValue, detail }) => [badValue, detail.split(': ')[0]])
  expect(told).toEqual([
    ['a.B.C', 'validating label "B"'],
    ['D.E', 'validating label "D"'],
  ])
})
