import { expect, test } from 'vitest'
import type { PersistentVolume, Pod } from '../../../api/core/v1.ts'
import { nodeGraph } from './graph.ts'
import { followedReferences } from './pod-references.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns' },
  spec: {
    nodeName: 'n1',
    serviceAccountName: 'sa',
    imagePullSecrets: [{ name: 'pull' }],
    containers: [{ name: 'c', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }], envFrom: [{ configMapRef: { name: 'from' } }] }],
    initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'init' } }] }],
    volumes: [
      { name: 'a', secret: { secretName: 'vol' } },
      { name: 'b', projected: { sources: [{ secret: { name: 'proj' } }, { configMap: { name: 'cm' } }] } },
      { name: 'c', persistentVolumeClaim: { claimName: 'claim' } },
      { name: 'tmp', ephemeral: {} },
    ],
    resourceClaims: [{ name: 'g', resourceClaimName: 'gpu' }],
  },
} as unknown as Pod
const mirror = {
  ...pod,
  metadata: { name: 'm', namespace: 'ns', annotations: { 'kubernetes.io/config.mirror': 'x' } },
  spec: { ...pod.spec, imagePullSecrets: [{ name: 'mirrored' }] },
} as unknown as Pod
const volume = {
  metadata: { name: 'pv' },
  spec: { claimRef: { namespace: 'ns', name: 'claim' }, csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { namespace: 'storage', name: 'stage' } } },
} as unknown as PersistentVolume

const graph = nodeGraph({
  pods: {
    nodeOf: (key) => (key === 'ns/p' ? 'n1' : undefined),
    on: (node, namespace) =>
      [pod, mirror].filter(() => node === 'n1' && namespace !== 'other').map((each) => ({ namespace: 'ns', references: followedReferences(each) })),
  },
  volumes: { get: (name) => (name === 'pv' ? volume : undefined), byIndex: (_, claim) => (claim === 'ns/claim' ? [volume] : []) },
  attachments: { get: () => undefined },
  slices: { get: () => undefined },
})

test.each([
  ['pods', 'ns', 'p', true],
  ['secrets', 'ns', 'vol', true],
  ['secrets', 'ns', 'proj', true],
  ['secrets', 'ns', 'pull', true],
  ['secrets', 'ns', 'env', true],
  ['secrets', 'ns', 'init', true],
  ['secrets', 'storage', 'stage', true],
  ['secrets', 'ns', 'mirrored', false],
  ['secrets', 'other', 'vol', false],
  ['configmaps', 'ns', 'from', true],
  ['configmaps', 'ns', 'cm', true],
  ['configmaps', 'ns', 'vol', false],
  ['serviceaccounts', 'ns', 'sa', true],
  ['serviceaccounts', 'ns', 'default', false],
  ['persistentvolumeclaims', 'ns', 'claim', true],
  ['persistentvolumeclaims', 'ns', 'p-tmp', true],
  ['persistentvolumes', '', 'pv', true],
  ['resource.k8s.io/resourceclaims', 'ns', 'gpu', true],
])('%s %s/%s of the pods of n1: %s', (id, namespace, name, related) => {
  expect(graph.isRelated('n1', id, namespace, name)).toBe(related)
  expect(graph.isRelated('n2', id, namespace, name)).toBe(false)
})
