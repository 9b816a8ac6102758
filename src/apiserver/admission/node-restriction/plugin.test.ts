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

const updated = (metadata: object, before: object = {}, spec: object = {}) => ({
  operation: 'UPDATE',
  oldObject: { ...object('Node', 'n1'), metadata: { name: 'n1', ...before } },
  object: { ...object('Node', 'n1'), metadata: { name: 'n1', ...metadata }, spec },
})
const podStatus = (status: object) => ({ operation: 'UPDATE', subresource: 'status', oldObject: pods.get('ns/own'), object: { ...pods.get('ns/own'), status } })
const claimStatus = (status: object) => ({
  operation: 'UPDATE',
  subresource: 'status',
  oldObject: object('PersistentVolumeClaim', 'c'),
  object: object('PersistentVolumeClaim', 'c', { status }),
})
const slice = (nodeName: string | undefined) => object('ResourceSlice', 's', { spec: { nodeName } })

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
  ['two audiences', 'serviceaccounts', token('own', 'uid-own', ['vault', 'bank']), 'node may only request 0 or 1 audiences'],
  [
    'a token of a pod made anew',
    'serviceaccounts',
    token('own', 'old', ['vault']),
    'the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated',
  ],
  ['a token of a pod without uid', 'serviceaccounts', token('own', '', ['vault']), 'node requested token with a pod binding without a uid'],
  [
    'a token of no pod',
    'serviceaccounts',
    { name: 'sa', subresource: 'token', object: { kind: 'TokenRequest', metadata: {}, spec: {} } },
    'node requested token not bound to a pod',
  ],
  ['an owner of its node', 'nodes', updated({ ownerReferences: [{ uid: 'x' }] }), 'node "n1" is not allowed to modify ownerReferences'],
  ['no owner of its node any more', 'nodes', updated({}, { ownerReferences: [{ uid: 'x' }] }), 'node "n1" is not allowed to modify ownerReferences'],
  [
    'owners come before labels',
    'nodes',
    updated({ ownerReferences: [{ uid: 'x' }], labels: { 'node-role.kubernetes.io/x': '' } }),
    'node "n1" is not allowed to modify ownerReferences',
  ],
  ['taints', 'nodes', updated({}, {}, { taints: [{ key: 'a', effect: 'NoSchedule' }] }), 'node "n1" is not allowed to modify taints'],
  ['what else there is of its node', 'nodes', updated({ annotations: { a: 'b' } }, {}, { podCIDR: '10.0.0.0/24' }), ''],
  [
    'its status, with a reserved label',
    'nodes',
    { ...updated({ labels: { 'a.node-restriction.kubernetes.io/x': '' } }), subresource: 'status' },
    'is not allowed to modify labels: a.node-restriction.kubernetes.io/x',
  ],
  [
    'a pod itself',
    'pods',
    { operation: 'UPDATE', object: pods.get('ns/own'), oldObject: pods.get('ns/own') },
    'unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
  ],
  [
    'ephemeral containers',
    'pods',
    { operation: 'UPDATE', subresource: 'ephemeralcontainers' },
    "unexpected pod subresource \"ephemeralcontainers\", only 'status' and 'eviction' are allowed",
  ],
  ['claims that the scheduler made', 'pods', podStatus({ resourceClaimStatuses: [{ name: 'c' }] }), 'node "n1" cannot update resource claim statues'],
  [
    'claims of extended resources',
    'pods',
    podStatus({ extendedResourceClaimStatus: { resourceClaimName: 'x' } }),
    'node "n1" cannot update extended resource claim status',
  ],
  ['the status of a pod of its own', 'pods', podStatus({ phase: 'Running' }), ''],
  ['a slice of its own', 'resource.k8s.io/resourceslices', { object: slice('n1') }, ''],
  [
    'a slice of another node',
    'resource.k8s.io/resourceslices',
    { object: slice('n2') },
    'can only create ResourceSlice with the same NodeName as the requesting node',
  ],
  [
    'a slice of all nodes',
    'resource.k8s.io/resourceslices',
    { object: slice(undefined) },
    'can only create ResourceSlice with the same NodeName as the requesting node',
  ],
  [
    'one of many slices that it deletes',
    'resource.k8s.io/resourceslices',
    { operation: 'DELETE', oldObject: slice('n2') },
    'can only delete ResourceSlice with the same NodeName as the requesting node',
  ],
  ['another CSINode', 'storage.k8s.io/csinodes', { object: object('CSINode', 'n2') }, 'can only access CSINode with the same name as the requesting node'],
  ['its own CSINode', 'storage.k8s.io/csinodes', { operation: 'UPDATE', name: 'n1' }, ''],
  [
    'a claim itself',
    'persistentvolumeclaims',
    { operation: 'UPDATE', object: object('PersistentVolumeClaim', 'c'), oldObject: object('PersistentVolumeClaim', 'c') },
    'may only update PVC status',
  ],
  [
    'how large a claim has become',
    'persistentvolumeclaims',
    claimStatus({ capacity: { storage: '2Gi' }, conditions: [{ type: 'FileSystemResizePending' }] }),
    '',
  ],
  [
    'the phase of a claim',
    'persistentvolumeclaims',
    claimStatus({ phase: 'Lost' }),
    'node "n1" is not allowed to update fields other than status.capacity and status.conditions',
  ],
  [
    'a lease of another node',
    'coordination.k8s.io/leases',
    { namespace: 'kube-node-lease', object: object('Lease', 'n2') },
    'can only access node lease with the same name as the requesting node',
  ],
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
