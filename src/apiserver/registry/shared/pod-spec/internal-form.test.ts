// Expectations: what encoding/json makes of the types of pkg/apis/core/types.go and k8s.io/apimachinery pkg/apis/meta/v1/types.go.
import { expect, test } from 'vitest'
import { internalForm, internalFormOf } from './internal-form.ts'

test('fields have the names of Go, absent ones their zero values', () => {
  expect(internalForm('ContainerPort', { containerPort: 80, hostIP: '10.0.0.1' })).toEqual({
    Name: '',
    HostPort: 0,
    ContainerPort: 80,
    Protocol: '',
    HostIP: '10.0.0.1',
  })
})

test('metadata are embedded, under their JSON names and without what is empty', () => {
  const metadata = { labels: { b: '2', a: '1' }, annotations: {}, name: '', finalizers: [], deletionGracePeriodSeconds: 0 }
  const form = internalForm('PersistentVolumeClaimTemplate', { metadata, spec: {} }) as object
  expect(Object.entries(form).slice(0, 2)).toEqual([
    ['deletionGracePeriodSeconds', 0],
    ['labels', { a: '1', b: '2' }],
  ])
  expect(Object.keys(form).slice(2)).toEqual(['Spec'])
})

test('so are selectors', () => {
  const labelSelector = { matchExpressions: [{ key: 'a', operator: 'Exists', values: [] }, { key: 'b' }], matchLabels: {} }
  expect(internalForm('PodAffinityTerm', { labelSelector, topologyKey: 'z' })).toMatchObject({
    LabelSelector: {
      matchExpressions: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: '' },
      ],
    },
    NamespaceSelector: null,
    TopologyKey: 'z',
  })
  expect(internalFormOf('io.k8s.api.networking.v1.NetworkPolicySpec', {})).toMatchObject({ PodSelector: {} })
})

test('what the types of volumes call their fields, and in which order', () => {
  const rbd = { monitors: ['m'], image: 'i', pool: 'p', user: 'u' }
  expect(internalForm('RBDVolumeSource', rbd)).toMatchObject({ CephMonitors: ['m'], RBDImage: 'i', RBDPool: 'p', RadosUser: 'u' })
  expect(internalForm('CephFSVolumeSource', { monitors: ['m'], user: 'u' })).toMatchObject({ Monitors: ['m'], User: 'u' })
  const iscsi = { iqn: 'q', iscsiInterface: 'default', chapAuthDiscovery: true }
  expect(internalForm('ISCSIVolumeSource', iscsi)).toMatchObject({ IQN: 'q', ISCSIInterface: 'default', DiscoveryCHAPAuth: true, SessionCHAPAuth: false })
  const volumes = Object.keys(internalForm('VolumeSource', {}) as object)
  expect(volumes.slice(volumes.indexOf('RBD'), volumes.indexOf('FlexVolume') + 1)).toEqual(['RBD', 'Quobyte', 'FlexVolume'])
})
