import { expect, test } from 'vitest'
import { silentLogger as logger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { user } from '../authn/well-known-users.ts'
import { abacAuthorizer } from './abac/abac-authorizer.ts'
import { type Attributes, nothingResolver } from './authorizer.ts'
import { ConfiguredAuthorizers } from './configured-authorizer.ts'

const none = { apiGroup: '', apiVersion: '', namespace: '', resource: '', subresource: '', name: '' }
const attributes: Attributes = { ...none, user: user('alice', []), verb: 'get', isResourceRequest: false, path: '/x' }
const silent = { authorize: () => ({ outcome: 'no-opinion' as const, reason: 'RBAC has looked' }), ...nothingResolver }
const mode = (type: 'RBAC' | 'Node' | 'AlwaysAllow' | 'AlwaysDeny' | 'ABAC') => ({ type, name: type.toLowerCase() })
const webhook = {
  kubeconfigFile: '/hook',
  version: 'v1',
  timeoutMs: 1,
  authorizedTtlMs: 0,
  unauthorizedTtlMs: 0,
  failure: 'deny',
  matchConditions: [],
} as const
const hook = { type: 'Webhook', name: 'hook', webhook } as const

function start(authorizers: Parameters<typeof ConfiguredAuthorizers.start>[0]['authorizers'], fails = false) {
  const closed: string[] = []
  const newReviewClient = async ({ kubeconfigFile }: { kubeconfigFile: string }) => {
    if (fails) throw new Error('no such file')
    return { send: async () => ({ status: { allowed: true } }), close: () => closed.push(kubeconfigFile) }
  }
  const started = ConfiguredAuthorizers.start({ authorizers }, { node: silent, rbac: silent, newReviewClient, clock: new FakeClock(), logger })
  return { started, closed }
}

test('a new configuration takes the place of the old one', async () => {
  const { started, closed } = start([mode('RBAC')])
  const authorizers = await started
  expect(authorizers.authorize(attributes)).toEqual({ outcome: 'no-opinion', reason: 'RBAC has looked' })
  await authorizers.reconfigure({ authorizers: [mode('RBAC'), hook] })
  expect((await authorizers.authorize(attributes)).outcome).toBe('allow')
  await authorizers.reconfigure({ authorizers: [mode('AlwaysDeny')] })
  expect(closed).toEqual(['/hook'])
  expect(authorizers.authorize(attributes)).toEqual({ outcome: 'no-opinion', reason: 'Everything is forbidden.' })
  expect(authorizers.authorize({ ...attributes, user: user('root', ['system:masters']) })).toMatchObject({ outcome: 'allow' })
})

test('one that cannot be used leaves the old one in force', async () => {
  const { started } = start([mode('AlwaysAllow')])
  const authorizers = await started
  await expect(authorizers.reconfigure({ authorizers: [mode('RBAC')] })).rejects.toThrow(
    'authorizer type RBAC is not allowed if it was not enabled at initial server startup',
  )
  await expect(authorizers.reconfigure({ authorizers: [mode('ABAC')] })).rejects.toThrow("authorization-mode ABAC's authorization policy file not passed")
  expect(authorizers.authorize(attributes)).toEqual({ outcome: 'allow', reason: '' })
  expect(authorizers.rulesFor(user('alice', []), 'ns').rules).toHaveLength(2)
})

test('a webhook without its file ends the start, and the webhooks before it', async () => {
  await expect(start([hook], true).started).rejects.toThrow('no such file')
})

test('the rules of all can be listed; a webhook says that there may be more', async () => {
  const abac = abacAuthorizer([{ user: 'alice', group: '', readonly: true, apiGroup: '', resource: 'pods', namespace: 'ns', nonResourcePath: '' }])
  const authorizers = await ConfiguredAuthorizers.start(
    { authorizers: [mode('ABAC'), hook] },
    { node: silent, rbac: silent, abac, newReviewClient: async () => ({ send: async () => ({}), close() {} }), clock: new FakeClock(), logger },
  )
  expect(authorizers.rulesFor(user('alice', []), 'ns')).toEqual({
    rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] }],
    errors: ['webhook authorizer does not support user rule resolution'],
    incomplete: true,
  })
})
