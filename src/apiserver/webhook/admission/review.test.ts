import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../../apimachinery/json-value.ts'
import { answerProblem, networkProblem, rejection } from './call-errors.ts'
import { newReview, type Review, verdictOf } from './review.ts'

const objects = { object: { metadata: { name: 'x' } } as never, oldObject: undefined }
const request = { kind: { group: '', version: 'v1', kind: 'X' }, dryRun: false, options: { kind: 'CreateOptions' } }

describe('a question', () => {
  test.each([
    [['v1', 'v1beta1'], 'v1'],
    [['v1beta1', 'v1'], 'v1beta1'],
    [['v9', 'v1'], 'v1'],
  ])('of %o is %s', (accepted, version) => {
    const review = newReview('u', accepted, request, objects)
    expect([review.version, JSON.parse(review.body)]).toEqual([
      version,
      {
        kind: 'AdmissionReview',
        apiVersion: `admission.k8s.io/${version}`,
        request: { uid: 'u', ...request, object: { metadata: { name: 'x' } }, oldObject: null },
      },
    ])
  })

  test('that nobody understands is not asked', () => {
    expect(() => newReview('u', ['v9'], request, objects)).toThrow('webhook does not accept known AdmissionReview versions (v1, v1beta1)')
  })
})

describe('an answer', () => {
  const review = (version: string): Review => ({ uid: 'u', version, body: '' })
  const answer = (response: object, over: object = {}): JsonValue => ({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    response: { uid: 'u', allowed: true, ...response } as never,
    ...over,
  })
  const patch = Buffer.from('[]').toString('base64')

  test.each<[string, JsonValue, boolean, object | string]>([
    ['v1', answer({}), true, { allowed: true, patch: undefined, warnings: [] }],
    ['v1', answer({ allowed: 'yes' }), true, { allowed: false }],
    ['v1', answer({ patch, patchType: 'JSONPatch' }), true, { patch: '[]' }],
    ['v1', answer({ warnings: ['a', 7], auditAnnotations: { a: 'b', c: 7 } }), true, { warnings: ['a'], auditAnnotations: new Map([['a', 'b']]) }],
    ['v1', answer({ patch }), true, 'webhook returned response.patch but not response.patchType'],
    ['v1', answer({ patchType: 'JSONPatch' }), true, 'webhook returned response.patchType but not response.patch'],
    ['v1', answer({ patch, patchType: 'Merge' }), true, 'webhook returned invalid response.patchType of "Merge"'],
    ['v1', answer({ patch }), false, 'validating webhook may not return response.patch'],
    ['v1', answer({ patchType: 'JSONPatch' }), false, 'validating webhook may not return response.patchType'],
    ['v1', answer({ uid: 'other' }), true, 'expected response.uid="u", got "other"'],
    ['v1', answer({}, { kind: 'Pod' }), true, 'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1, Kind=Pod'],
    ['v1beta1', answer({ uid: 'other', patch }, { kind: 'Pod' }), true, { allowed: true, patch: '[]' }],
    ['v1', {}, true, 'webhook response was absent'],
    ['v1', null, true, 'webhook response was absent'],
    ['v1', [], true, 'webhook response was absent'],
  ])('%s %j (mutating: %s): %j', (version, given, mutating, expected) => {
    const read = () => verdictOf(review(version), given, mutating)
    if (typeof expected === 'string') expect(read).toThrow(expected)
    else expect(read()).toMatchObject(expected)
  })
})

test.each([
  [{ name: 'TimeoutError' }, 'context deadline exceeded'],
  [{ code: 'ECONNREFUSED', address: '10.0.0.1', port: 443 }, 'dial tcp 10.0.0.1:443: connect: connection refused'],
  [{ code: 'EHOSTUNREACH', address: '::1', port: 443 }, 'dial tcp [::1]:443: connect: no route to host'],
  [{ code: 'ENOTFOUND', hostname: 'x' }, 'dial tcp: lookup x: no such host'],
  [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'tls: failed to verify certificate: x509: certificate signed by unknown authority'],
  [{ code: 'ECONNRESET', message: 'socket hang up' }, 'EOF'],
  [{ message: 'else' }, 'else'],
])('%o is said as %s', (error, text) => expect(networkProblem(error)).toBe(text))

test.each([
  [404, 'x', 'the server could not find the requested resource'],
  [503, 'busy', 'an error on the server ("busy") has prevented the request from succeeding'],
  [500, '', 'an error on the server ("unknown") has prevented the request from succeeding'],
  [500, '{"kind":"Status","message":"said so"}', 'said so'],
  [302, '', 'the server responded with the status code 302 but did not return more information'],
])('%i %s: %s', (status, body, text) => expect(answerProblem(status, body)).toBe(text))

test.each<[Parameters<typeof rejection>[1], object]>([
  [undefined, { code: 400, message: 'admission webhook "w" denied the request without explanation' }],
  [
    { message: 'm', code: 200 },
    { code: 400, message: 'admission webhook "w" denied the request: m' },
  ],
  [
    { reason: 'Gone', code: 410 },
    { code: 410, reason: 'Gone', message: 'admission webhook "w" denied the request: Gone' },
  ],
])('a refusal of %o', (result, expected) => expect(rejection('w', result).toStatus()).toMatchObject(expected))
