// Expectations: TestAuthorizedForBinding and TestAuthorizedForDeviceStatus of pkg/registry/resource/resource_utils_test.go.
import { expect, test } from 'vitest'
import type { ResourceClaim } from '../../../../api/resource/v1.ts'
import type { Authorizer } from '../../../authz/authorizer.ts'
import { ask } from '../../../authz/questions.ts'
import type { RequestContext } from '../../generic/strategy.ts'
import { authorizeStatus } from './authorize-status.ts'

const account = 'system:serviceaccount:kube-system:driver'
const on = (...values: readonly string[]) => ({ nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values }] }] } })
const device = (name: string, driver = 'd') => ({ driver, pool: 'p', device: name })
const elsewhere = { key: 'kubernetes.io/hostname', operator: 'In', values: ['n'] }

interface Case {
  readonly now: object
  readonly old?: object
  readonly user?: string
  readonly nodes?: readonly string[]
  readonly verb?: string
  readonly granted?: readonly string[]
  /** `verb subresource namespace/name` */
  readonly asked: readonly string[]
  /** Field paths of the refusals. */
  readonly refused?: readonly string[]
}

test.each<[why: string, Case]>([
  ['nothing changes', { now: { devices: [device('a')] }, old: { devices: [device('a')] }, asked: [] }],
  ['an allocation, in all namespaces', { now: { allocation: on('n') }, granted: ['update binding'], asked: ['update binding /'] }],
  ['an allocation, refused', { now: { allocation: on('n') }, asked: ['update binding /'], refused: ['status'] }],
  ['users', { now: { reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] }, asked: ['update binding /'], refused: ['status'] }],
  ['by a patch', { now: { allocation: on('n') }, verb: 'patch', granted: ['patch binding'], asked: ['patch binding /'] }],
  ['a driver on the node', { now: { devices: [device('a')] }, granted: ['associated-node:update driver'], asked: ['associated-node:update driver ns/d'] }],
  [
    'one there that may do it on any node',
    {
      now: { devices: [device('a')] },
      granted: ['arbitrary-node:update driver'],
      asked: ['associated-node:update driver ns/d', 'arbitrary-node:update driver ns/d'],
    },
  ],
  [
    'one there that may not',
    { now: { devices: [device('a')] }, asked: ['associated-node:update driver ns/d', 'arbitrary-node:update driver ns/d'], refused: ['status.devices'] },
  ],
  [
    'one on another node',
    {
      now: { devices: [device('a')] },
      nodes: ['m'],
      granted: ['associated-node:update driver'],
      asked: ['arbitrary-node:update driver ns/d'],
      refused: ['status.devices'],
    },
  ],
  ['one without a node', { now: { devices: [device('a')] }, nodes: [], asked: ['arbitrary-node:update driver ns/d'], refused: ['status.devices'] }],
  ['no service account', { now: { devices: [device('a')] }, user: 'jane', asked: ['arbitrary-node:update driver ns/d'], refused: ['status.devices'] }],
  [
    'drivers of what changed, came and went, in the order of their names',
    {
      now: { devices: [{ ...device('a', 'x'), conditions: [{ type: 'T', status: 'True' }] }, device('b', 'w'), device('c', 'same')] },
      old: { devices: [device('a', 'x'), device('d', 'gone'), device('c', 'same')] },
      nodes: [],
      granted: ['arbitrary-node:update driver'],
      asked: ['gone', 'w', 'x'].map((name) => `arbitrary-node:update driver ns/${name}`),
    },
  ],
])('%s', async (_, { now, old = {}, user = account, nodes = ['n'], verb = 'update', granted = [], asked, refused = [] }) => {
  const questions: string[] = []
  const authorizer: Authorizer = {
    authorize(attributes) {
      questions.push(`${attributes.verb} ${attributes.subresource} ${attributes.namespace}/${attributes.name}`)
      return { outcome: granted.includes(`${attributes.verb} ${attributes.subresource}`) ? 'allow' : 'no-opinion', reason: '' }
    },
  }
  const extra = new Map(nodes.length ? [['authentication.kubernetes.io/node-name', nodes]] : [])
  const context = { user: { name: user, groups: [], extra }, verb, namespace: 'ns' } as unknown as RequestContext
  // Drivers report on devices of a claim that has been allocated.
  const reports = 'devices' in now
  const claim = (status: object) => ({ status: reports ? { allocation: on('n'), ...status } : status }) as unknown as ResourceClaim
  const errors = await ask(authorizer, authorizeStatus(context, claim(now), claim(old)))
  expect([questions, errors.map(({ field }) => field)]).toEqual([asked, refused])
})

test.each<[why: string, allocation: object]>([
  ['several nodes', on('n', 'm')],
  ['labels', { nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [elsewhere] }] } }],
  ['labels, too', { nodeSelector: { nodeSelectorTerms: [{ ...on('n').nodeSelector.nodeSelectorTerms[0], matchExpressions: [elsewhere] }] } }],
  ['several terms', { nodeSelector: { nodeSelectorTerms: [...on('n').nodeSelector.nodeSelectorTerms, ...on('m').nodeSelector.nodeSelectorTerms] } }],
  ['another operator', { nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['n'] }] }] } }],
])('an allocation by %s is for no one node, and the refusal says what is needed', async (_, allocation) => {
  const user = { name: account, groups: [], extra: new Map([['authentication.kubernetes.io/node-name', ['n']]]) }
  const context = { user, verb: 'patch', namespace: 'ns' } as unknown as RequestContext
  const [now, old] = [{ status: { allocation, devices: [device('a')] } }, { status: { allocation } }] as unknown as [ResourceClaim, ResourceClaim]
  const errors = await ask({ authorize: () => ({ outcome: 'no-opinion', reason: 'because' }) }, authorizeStatus(context, now, old))
  expect(errors).toEqual([
    {
      type: 'FieldValueForbidden',
      field: 'status.devices',
      detail:
        'changing status.devices requires resource="resourceclaims/driver", verb="[arbitrary-node:patch]" permission: resourceclaims.resource.k8s.io "d" is forbidden: ' +
        `User "${account}" cannot arbitrary-node:patch resource "resourceclaims/driver" in API group "resource.k8s.io" in the namespace "ns": because`,
    },
  ])
})
