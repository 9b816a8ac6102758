import { describe, expect, test } from 'vitest'
import { anonymous, user } from '../../authn/well-known-users.ts'
import type { Attributes } from '../authorizer.ts'
import { abacAuthorizer } from './abac-authorizer.ts'
import { readPolicies } from './policies.ts'

const versioned = (spec: object) => JSON.stringify({ apiVersion: 'abac.authorization.kubernetes.io/v1beta1', kind: 'Policy', spec })
const resource = {
  isResourceRequest: true,
  apiGroup: '',
  apiVersion: 'v1',
  subresource: '',
  name: '',
  path: '',
  namespace: 'ns',
  resource: 'pods',
  verb: 'get',
}
const path = (path: string, verb = 'get') => ({ ...resource, isResourceRequest: false, namespace: '', resource: '', path, verb })
const alice = user('alice', ['dev', 'system:authenticated'])

describe.each<[string, string, [Partial<Attributes>, boolean][]]>([
  [
    'one user, one resource',
    versioned({ user: 'alice', namespace: 'ns', resource: 'pods' }),
    [
      [{}, true],
      [{ verb: 'delete' }, true],
      [{ namespace: 'other' }, false],
      [{ resource: 'secrets' }, false],
      [{ apiGroup: 'apps' }, false],
      [{ user: user('bob', []) }, false],
      [path('/metrics'), false],
    ],
  ],
  [
    'read-only, everything, everywhere',
    versioned({ group: 'dev', namespace: '*', resource: '*', apiGroup: '*', readonly: true }),
    [
      [{ verb: 'watch', apiGroup: 'apps', resource: 'deployments' }, true],
      [{ verb: 'create' }, false],
      [{ user: user('bob', ['ops']) }, false],
    ],
  ],
  ['user and group must both fit', versioned({ user: 'alice', group: 'ops', namespace: '*', resource: '*' }), [[{}, false]]],
  [
    'a star is everybody who is authenticated',
    versioned({ user: '*', nonResourcePath: '/healthz/*' }),
    [
      [path('/healthz/ping'), true],
      [path('/metrics'), false],
      [{ ...path('/healthz/ping'), user: anonymous }, false],
    ],
  ],
  ['nobody is named: nobody', versioned({ namespace: '*', resource: '*' }), [[{}, false]]],
  [
    'before versions: what is left out is everything',
    '{"user":"alice"}',
    [
      [{ apiGroup: 'apps', namespace: 'x' }, true],
      [path('/metrics'), true],
      [{ user: user('bob', []) }, false],
    ],
  ],
  [
    'before versions: a namespace is no path',
    '{"namespace":"ns","readonly":true}',
    [
      [{}, true],
      [{ verb: 'update' }, false],
      [path('/metrics'), false],
      [{ user: anonymous }, false],
    ],
  ],
])('%s', (_, line, questions) => {
  test.each(questions)('%o: %s', (asked, allowed) => {
    const authorizer = abacAuthorizer(readPolicies(`# comment\n\n${line}\n`, 'p'))
    expect(authorizer.authorize({ user: alice, ...resource, ...asked })).toEqual(
      allowed ? { outcome: 'allow', reason: '' } : { outcome: 'no-opinion', reason: 'No policy matched.' },
    )
  })
})

test('its rules can be listed', () => {
  const authorizer = abacAuthorizer(readPolicies('{"user":"alice","readonly":true}\n', 'p'))
  expect(authorizer.rulesFor(alice, 'ns').rules).toEqual([
    { verbs: ['get', 'list', 'watch'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['get', 'list', 'watch'], nonResourceURLs: ['*'] },
  ])
  expect(authorizer.rulesFor(user('bob', []), 'ns').rules).toEqual([])
})

test.each([
  ['{"user":1}', 'error reading policy file p, line 2: {"user":1}: user must be a string'],
  ['[]', 'error reading policy file p, line 2: []: a policy must be an object'],
  ['{', 'error reading policy file p, line 2: {: '],
  ['{"apiVersion":"v9","kind":"Policy"}', 'no kind "Policy" is registered for version "v9"'],
])('%s is no policy', (line, message) => expect(() => readPolicies(`# c\n${line}`, 'p')).toThrow(message))
