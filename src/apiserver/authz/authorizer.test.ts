import { describe, expect, test } from 'vitest'
import { user } from '../authn/well-known-users.ts'
import { type Attributes, type Authorizer, type Decision, privilegedGroup, unionAuthorizer } from './authorizer.ts'
import { ask, isAllowed, type Questions } from './questions.ts'

const attributes: Attributes = {
  user: user('alice', []),
  verb: 'get',
  isResourceRequest: false,
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  path: '/x',
}
const says = (outcome: Decision['outcome'], reason = '', error?: string): Decision => ({ outcome, reason, ...(error ? { error } : {}) })
const now = (decision: Decision): Authorizer => ({ authorize: () => decision })
const later = (decision: Decision): Authorizer => ({ authorize: async () => decision })

describe('of several authorizers the first with an opinion decides', () => {
  const quiet = says('no-opinion')
  for (const [name, decisions, expected] of [
    ['allow stops', [says('allow', 'a'), says('deny', 'b')], says('allow', 'a')],
    ['deny stops', [quiet, says('deny', 'b'), says('allow', 'a')], says('deny', 'b')],
    ['nobody', [quiet, quiet], quiet],
    ['reasons and errors of all', [says('no-opinion', 'a', 'e1'), quiet, says('no-opinion', 'b', 'e2')], says('no-opinion', 'a\nb', 'e1, e2')],
  ] as const) {
    test(`${name}: at once when all answer at once`, () => expect(unionAuthorizer(decisions.map(now)).authorize(attributes)).toEqual(expected))
    for (const slow of decisions.keys()) {
      test(`${name}: the same when number ${slow} answers later`, async () => {
        const union = unionAuthorizer(decisions.map((decision, i) => (i === slow ? later : now)(decision)))
        expect(await union.authorize(attributes)).toEqual(expected)
      })
    }
  }

  test('what comes before a slow one is not slow', () => {
    const union = unionAuthorizer([privilegedGroup, later(says('deny'))])
    expect(union.authorize({ ...attributes, user: user('root', ['system:masters']) })).toEqual(says('allow'))
    expect(union.authorize(attributes)).toBeInstanceOf(Promise)
  })
})

describe('questions that depend on answers', () => {
  function* eitherOf(...verbs: string[]): Questions<string> {
    for (const verb of verbs) if (yield* isAllowed({ ...attributes, verb })) return verb
    throw new Error('neither')
  }
  const allows = (verb: string): Authorizer => ({ authorize: (asked) => says(asked.verb === verb ? 'allow' : 'no-opinion') })
  const slowly = (authorizer: Authorizer): Authorizer => ({ authorize: async (asked) => authorizer.authorize(asked) })

  test('are answered at once by an authorizer that answers at once', () => {
    expect(ask(allows('bind'), eitherOf('escalate', 'bind'))).toBe('bind')
    expect(() => ask(allows('get'), eitherOf('escalate', 'bind'))).toThrow('neither')
  })
  test('and later by one that answers later', async () => {
    expect(await ask(slowly(allows('bind')), eitherOf('escalate', 'bind'))).toBe('bind')
    await expect(ask(slowly(allows('get')), eitherOf('escalate', 'bind'))).rejects.toThrow('neither')
  })
})
