import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../../util/fake/clock.ts'
import { user } from '../../authn/well-known-users.ts'
import type { Attributes } from '../authorizer.ts'
import { accessReview } from './access-review.ts'
import { webhookAuthorizer, type WebhookAuthorizerOptions } from './webhook-authorizer.ts'

const attributes: Attributes = {
  user: { ...user('alice', ['dev'], { uid: 'u1' }), extra: new Map([['scopes', ['a']]]) },
  verb: 'list',
  isResourceRequest: true,
  apiGroup: 'apps',
  apiVersion: 'v1',
  namespace: 'ns',
  resource: 'deployments',
  subresource: '',
  name: '',
  path: '/ignored',
}

describe('a question', () => {
  const spec = { user: 'alice', uid: 'u1', extra: { scopes: ['a'] } }
  const resourceAttributes = { namespace: 'ns', verb: 'list', group: 'apps', version: 'v1', resource: 'deployments' }
  test.each([
    ['v1', {}, { ...spec, groups: ['dev'], resourceAttributes }],
    ['v1beta1', {}, { ...spec, group: ['dev'], resourceAttributes }],
    ['v1', { isResourceRequest: false, verb: 'get', path: '/x' }, { ...spec, groups: ['dev'], nonResourceAttributes: { path: '/x', verb: 'get' } }],
    [
      'v1',
      { fieldSelector: 'spec.nodeName=n1,metadata.name!=x', labelSelector: 'a in (1,2),b,!c,d!=4,e=5' },
      {
        ...spec,
        groups: ['dev'],
        resourceAttributes: {
          ...resourceAttributes,
          fieldSelector: {
            requirements: [
              { key: 'metadata.name', operator: 'NotIn', values: ['x'] },
              { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
            ],
          },
          labelSelector: {
            requirements: [
              { key: 'a', operator: 'In', values: ['1', '2'] },
              { key: 'b', operator: 'Exists' },
              { key: 'c', operator: 'DoesNotExist' },
              { key: 'd', operator: 'NotIn', values: ['4'] },
              { key: 'e', operator: 'In', values: ['5'] },
            ],
          },
        },
      },
    ],
    ['v1', { labelSelector: 'a in (', fieldSelector: 'x' }, { ...spec, groups: ['dev'], resourceAttributes }],
  ] as const)('%s %o', (version, over, expected) => {
    expect(accessReview({ ...attributes, ...over }, version)).toEqual({
      kind: 'SubjectAccessReview',
      apiVersion: `authorization.k8s.io/${version}`,
      metadata: {},
      spec: expected,
    })
  })
})

/** An authorizer in front of a webhook that gives one answer after the other; an Error is no answer. */
function hooked(answers: readonly unknown[], over: Partial<WebhookAuthorizerOptions> = {}) {
  const clock = new FakeClock()
  const sent: object[] = []
  const errors: unknown[] = []
  const send = async (review: object) => {
    const answer = answers[sent.length]
    sent.push(review)
    if (answer instanceof Error) throw answer
    return answer
  }
  const options = { version: 'v1', authorizedTtlMs: 300_000, unauthorizedTtlMs: 30_000, failure: 'no-opinion', matchConditions: [], ...over } as const
  const authorizer = webhookAuthorizer({ ...options, client: { send }, clock, onError: (error) => errors.push(error) })
  return { clock, sent, errors, decide: async (asked: Partial<Attributes> = {}) => authorizer.authorize({ ...attributes, ...asked }), authorizer }
}
const status = (value: object) => ({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', status: value })

test.each<[object, object]>([
  [
    { allowed: true, reason: 'friend' },
    { outcome: 'allow', reason: 'friend' },
  ],
  [
    { allowed: false, reason: 'stranger' },
    { outcome: 'no-opinion', reason: 'stranger' },
  ],
  [
    { allowed: false, denied: true },
    { outcome: 'deny', reason: '' },
  ],
  [
    { allowed: true, denied: true },
    { outcome: 'deny', reason: '', error: 'webhook subject access review returned both allow and deny response' },
  ],
  [{ allowed: 'yes' }, { outcome: 'no-opinion', reason: '' }],
])('%o is %o', async (answer, decision) => expect(await hooked([status(answer)]).decide()).toEqual(decision))

test.each<['deny' | 'no-opinion', unknown]>([
  ['deny', new Error('connection refused')],
  ['no-opinion', new Error('connection refused')],
  ['deny', { kind: 'Status' }],
  ['deny', 'hello'],
  ['deny', null],
])('failure policy %s without a review (%o): so it is decided, said and not kept', async (failure, answer) => {
  const { decide, errors, sent } = hooked([answer, status({ allowed: true })], { failure })
  expect(await decide()).toMatchObject({ outcome: failure, error: (errors[0] as Error).message })
  expect((await decide()).outcome).toBe('allow')
  expect(sent).toHaveLength(2)
})

test('answers are kept, allowances longer than refusals, each question by itself', async () => {
  const { decide, clock, sent } = hooked(Array.from({ length: 9 }, (_, i) => status({ allowed: i !== 1 })))
  await decide()
  expect((await decide({ verb: 'delete' })).outcome).toBe('no-opinion')
  await decide()
  await decide({ verb: 'delete' })
  expect(sent).toHaveLength(2)
  await clock.advance(30_000)
  await decide()
  expect((await decide({ verb: 'delete' })).outcome).toBe('allow')
  expect(sent).toHaveLength(3)
  await clock.advance(270_000)
  await decide()
  expect(sent).toHaveLength(4)
  await decide({ user: user('alice', ['dev', 'ops']) })
  expect(sent).toHaveLength(5)
})

test('the same question is not asked twice at once; a known answer is there at once', async () => {
  const { authorizer, sent } = hooked([status({ allowed: true })])
  const asked = [attributes, attributes].map(async (each) => authorizer.authorize(each))
  expect(await Promise.all(asked)).toEqual([
    { outcome: 'allow', reason: '' },
    { outcome: 'allow', reason: '' },
  ])
  expect(sent).toHaveLength(1)
  expect(authorizer.authorize(attributes)).toEqual({ outcome: 'allow', reason: '' })
})

test('what a sender makes long is answered and not kept', async () => {
  const { decide, sent } = hooked([status({ allowed: true }), status({ allowed: true })])
  const name = 'x'.repeat(10_000)
  await decide({ name })
  await decide({ name })
  expect(sent).toHaveLength(2)
})

describe('match conditions', () => {
  const isRefused = { outcome: 'deny', reason: '' }
  const digits = '[1,2,3,4,5,6,7,8,9]'
  test.each<[string, readonly string[], Partial<Attributes>, object, number]>([
    ['all true: it is asked', ["request.user == 'alice'", "'dev' in request.groups", "request.extra.scopes[0] == 'a'"], {}, isRefused, 1],
    [
      'texts that the question leaves out are empty',
      ["request.resourceAttributes.subresource == '' && request.resourceAttributes.name == ''"],
      {},
      isRefused,
      1,
    ],
    ['one is false', ["request.user == 'alice'", "request.resourceAttributes.namespace != 'ns'"], {}, { outcome: 'no-opinion', reason: '' }, 0],
    ['of paths', ["has(request.nonResourceAttributes) && request.nonResourceAttributes.path == '/x'"], { isResourceRequest: false, path: '/x' }, isRefused, 1],
    ['of selectors', ["request.resourceAttributes.labelSelector.requirements.exists(r, r.key == 'a')"], { labelSelector: 'a=b' }, isRefused, 1],
    ['false weighs more than what cannot be told', ["request.extra['x'][0] == 'y'", 'false'], {}, { outcome: 'no-opinion', reason: '' }, 0],
    [
      'what cannot be told is left to the failure policy',
      ["request.extra['x'][0] == 'y'", 'true'],
      {},
      { outcome: 'deny', reason: '', error: `cel evaluation error: expression 'request.extra['x'][0] == 'y'' resulted in error: no such key: x` },
      0,
    ],
    [
      'one that costs too much is not run to its end',
      [`${digits}.all(a, ${digits}.all(b, ${digits}.all(c, ${digits}.all(d, ${digits}.all(e, ${digits}.all(f, a + b + c + d + e + f > 0))))))`],
      {},
      { outcome: 'deny', reason: '', error: expect.stringContaining('operation cancelled: actual cost limit exceeded') as unknown },
      0,
    ],
  ])('%s', async (_, matchConditions, asked, decision, questions) => {
    const { decide, sent } = hooked([status({ denied: true })], { matchConditions, failure: 'deny' })
    expect(await decide(asked)).toEqual(decision)
    expect(sent).toHaveLength(questions)
  })
})
