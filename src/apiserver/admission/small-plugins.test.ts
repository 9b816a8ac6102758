import { expect, test } from 'vitest'
import { alwaysPullImages } from './always-pull-images/plugin.ts'
import { newCertificateApproval } from './certificates/signers.ts'
import { newDefaultStorageClass } from './default-class/plugin.ts'
import { denyServiceExternalIPs } from './deny-service-external-ips/plugin.ts'
import { attributesFor } from './fake/attributes.ts'
import { newPersistentVolumeClaimResize } from './persistent-volume-claim-resize/plugin.ts'
import { newRuntimeClass } from './runtime-class/plugin.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection/plugin.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition/plugin.ts'

const storageClass = (name: string, creationTimestamp: string, isDefault = true) => ({
  metadata: { name, creationTimestamp, annotations: isDefault ? { 'storageclass.kubernetes.io/is-default-class': 'true' } : {} },
})

test('the newest default storage class is taken, and no class is a choice', () => {
  const classes = [storageClass('old', '2026-01-01T00:00:00Z'), storageClass('new', '2026-02-01T00:00:00Z'), storageClass('no', '2026-03-01T00:00:00Z', false)]
  const plugin = newDefaultStorageClass({ all: () => classes as never })
  const claim = { metadata: { name: 'c' }, spec: {} }
  void plugin.admit!(attributesFor('persistentvolumeclaims', { object: claim }))
  expect(claim.spec).toEqual({ storageClassName: 'new' })
  const chosen = { metadata: { name: 'c' }, spec: { storageClassName: '' } }
  void plugin.admit!(attributesFor('persistentvolumeclaims', { object: chosen }))
  expect(chosen.spec.storageClassName).toBe('')
})

test('claims and nodes begin protected and tainted', () => {
  const claim = { metadata: { name: 'c' } }
  void storageObjectInUseProtection.admit!(attributesFor('persistentvolumeclaims', { object: claim }))
  expect(claim.metadata).toEqual({ name: 'c', finalizers: ['kubernetes.io/pvc-protection'] })
  const node = { metadata: { name: 'n' } }
  void taintNodesByCondition.admit!(attributesFor('nodes', { object: node }))
  expect(node).toEqual({ metadata: { name: 'n' }, spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] } })
})

test.each([
  ['Pending', true, 'Only bound persistent volume claims can be expanded'],
  ['Bound', false, 'the storageclass that provisions the pvc must support resize'],
  ['Bound', true, ''],
])('a %s claim whose class allows expansion (%s)', (phase, allowVolumeExpansion, why) => {
  const claim = (storage: string) => ({ metadata: { name: 'c' }, spec: { storageClassName: 's', resources: { requests: { storage } } }, status: { phase } })
  const plugin = newPersistentVolumeClaimResize({ get: () => ({ allowVolumeExpansion }) as never })
  const attributes = attributesFor('persistentvolumeclaims', { operation: 'UPDATE', oldObject: claim('1Gi'), object: claim('2Gi') })
  if (why) expect(() => plugin.validate!(attributes)).toThrow(why)
  else expect(plugin.validate!(attributes)).toBeUndefined()
})

test('a runtime class gives its overhead and place, and must exist', () => {
  const found = { metadata: { name: 'kata' }, overhead: { podFixed: { cpu: '250m' } }, scheduling: { nodeSelector: { runtime: 'kata' } } }
  const plugin = newRuntimeClass({ get: (name) => (name === 'kata' ? (found as never) : undefined), changedAt: () => 0 })
  const pod = (runtimeClassName: string) => ({ metadata: { name: 'p' }, spec: { runtimeClassName, containers: [] } })
  const ok = pod('kata')
  void plugin.admit!(attributesFor('pods', { object: ok }))
  expect(ok.spec).toMatchObject({ overhead: { cpu: '250m' }, nodeSelector: { runtime: 'kata' } })
  expect(() => plugin.admit!(attributesFor('pods', { object: pod('x') }))).toThrow('pods "p" is forbidden: pod rejected: RuntimeClass "x" not found')
})

test('approving needs the right for the signer or for all of its domain', () => {
  const request = { metadata: { name: 'r' }, spec: { signerName: 'example.com/a' } }
  const attributes = attributesFor('certificates.k8s.io/certificatesigningrequests', {
    operation: 'UPDATE',
    subresource: 'approval',
    object: request,
    oldObject: request,
  })
  const approver = (signer: string) => newCertificateApproval({ authorize: ({ name }) => ({ outcome: name === signer ? 'allow' : 'no-opinion', reason: '' }) })
  expect(approver('example.com/*').validate!(attributes)).toBeUndefined()
  expect(() => approver('other.com/*').validate!(attributes)).toThrow('user not permitted to approve requests with signerName "example.com/a"')
})

test('external IPs may go but not come', () => {
  const service = (...externalIPs: string[]) => ({ metadata: { name: 's' }, spec: { externalIPs } })
  const update = (from: object, to: object) => denyServiceExternalIPs.validate!(attributesFor('services', { operation: 'UPDATE', oldObject: from, object: to }))
  expect(update(service('1.1.1.1', '2.2.2.2'), service('2.2.2.2'))).toBeUndefined()
  expect(() => update(service('1.1.1.1'), service('1.1.1.1', '2.2.2.2'))).toThrow('Use of external IPs is denied by admission control.')
})

test('every image is pulled', () => {
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i', imagePullPolicy: 'Never' }] } }
  void alwaysPullImages.admit!(attributesFor('pods', { object: pod }))
  expect(pod.spec.containers[0]!.imagePullPolicy).toBe('Always')
})
