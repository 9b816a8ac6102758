import { expect, test } from 'vitest'
import type { KubeObject } from '../../../api/object.ts'
import { attributesFor } from '../fake/attributes.ts'
import { newNodeRestriction } from './plugin.ts'

const object = (kind: string, name: string, rest: object = {}) =>
  ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'ns', uid: `uid-${name}` }, ...rest }) as unknown as KubeObject
const pods = new Map([
  [
    'ns/own',
    object('Pod', 'own', { spec: { nodeName: 'n1', volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { audience: 'vault' } }] } }] } }),
  ],
  ['ns/other', object('Pod', 'other', { spec: { nodeName: 'n2' } })],
])
const plugin = newNodeRestriction({
  nodes: { get: () => undefined },
  pods: { get: (key) => pods.get(key) as never },
  claims: { get: () => undefined },
  volumes: { get: () => undefined },
  csiDrivers: { get: () => undefined },
  authorizer: { authorize: () => ({ outcome: 'no-opinion', reason: '' }) },
})
const user = { name: 'system:node:n1', groups: ['system:nodes'], extra: new Map() }

async function refusal(id: string, overrides: object): Promise<string> {
  try {
    await plugin.admit!(attributesFor(id, { user, ...overrides }))
    return ''
  } catch (error) {
    return (error as Error).message.replace(/^.* is forbidden: /, '')
  }
}

const token = (pod: string, uid: string, audiences: string[]) => ({
  name: 'sa',
  subresource: 'token',
  object: { kind: 'TokenRequest', metadata: {}, spec: { audiences, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod, uid } } },
})
const labelled = (labels: object) => ({ ...object('Node', 'n1'), metadata: { name: 'n1', labels } })

test.each<[string, string, object, string]>([
  ['its own node', 'nodes', { object: object('Node', 'n1') }, ''],
  ['another node', 'nodes', { object: object('Node', 'n2') }, 'node "n1" is not allowed to modify node "n2"'],
  ['a well-known label', 'nodes', { object: labelled({ 'topology.kubernetes.io/zone': 'a', 'example.com/x': 'y' }) }, ''],
  [
    'a reserved label',
    'nodes',
    { object: labelled({ 'node-restriction.kubernetes.io/x': 'y' }) },
    'node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io/x',
  ],
  [
    'a role',
    'nodes',
    { operation: 'UPDATE', oldObject: labelled({}), object: labelled({ 'node-role.kubernetes.io/x': '' }) },
    'is not allowed to modify labels: node-role.kubernetes.io/x',
  ],
  [
    'a pod that is no image of a static one',
    'pods',
    { object: pods.get('ns/own') },
    'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
  ],
  ['deleting a pod of its own', 'pods', { operation: 'DELETE', oldObject: pods.get('ns/own') }, ''],
  ['deleting another pod', 'pods', { operation: 'DELETE', oldObject: pods.get('ns/other') }, 'node "n1" can only delete pods with spec.nodeName set to itself'],
  ['a token that the pod mounts', 'serviceaccounts', token('own', 'uid-own', ['vault']), ''],
  [
    'a token for somebody else',
    'serviceaccounts',
    token('own', 'uid-own', ['bank']),
    'audience "bank" not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience',
  ],
  ['a token of another pod', 'serviceaccounts', token('other', 'uid-other', ['vault']), 'node requested token bound to a pod scheduled on a different node'],
  [
    'a lease in another namespace',
    'coordination.k8s.io/leases',
    { object: object('Lease', 'n1') },
    'can only access leases in the "kube-node-lease" system namespace',
  ],
])('%s', async (_, id, overrides, why) => {
  expect(await refusal(id, overrides)).toBe(why)
})

test('others are not restricted', async () => {
  expect(await refusal('nodes', { object: object('Node', 'n2'), user: { ...user, name: 'admin', groups: [] } })).toBe('')
})
