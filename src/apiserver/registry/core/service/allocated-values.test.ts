import { expect, test } from 'vitest'
import type { Service } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { dropUnused, keepAllocated, normalizeClusterIps } from './allocated-values.ts'

type Spec = Mutable<Service>['spec']
const stored: Service['spec'] = {
  type: 'NodePort',
  clusterIP: '10.0.0.1',
  clusterIPs: ['10.0.0.1'],
  externalTrafficPolicy: 'Cluster',
  ports: [
    { name: 'a', port: 80, nodePort: 30080 },
    { name: 'b', port: 81, nodePort: 30081 },
  ],
}

test('a client that does not know of allocated values keeps them, by the name of the port', () => {
  const spec: Spec = { type: 'NodePort', ports: [{ name: 'a', port: 8080 }] }
  keepAllocated(spec, stored)
  expect(spec).toMatchObject({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ name: 'a', port: 8080, nodePort: 30080 }] })
})

test('a node port that another port of the request takes is not kept', () => {
  const spec: Spec = {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80 },
      { name: 'c', port: 82, nodePort: 30080 },
    ],
  }
  keepAllocated(spec, stored)
  expect(spec.ports![0]).not.toHaveProperty('nodePort')
})

test.each<[why: string, spec: Spec, expected: readonly string[] | undefined]>([
  ['the old field changed: the list follows', { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.1'] }, ['10.0.0.2']],
  ['the old field cleared: the list goes too', { clusterIP: '', clusterIPs: ['10.0.0.1'] }, undefined],
  ['both changed: left for validation', { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.3'] }, ['10.0.0.3']],
  ['an old client drops the list', { clusterIP: '10.0.0.1' }, ['10.0.0.1']],
])('%s', (_, spec, expected) => {
  normalizeClusterIps(spec, stored)
  expect(spec.clusterIPs).toEqual(expected)
})

test('what the new type has no use for goes, unless it was changed in the same request', () => {
  const spec: Spec = { ...(structuredClone(stored) as Spec), type: 'ClusterIP' }
  dropUnused(spec, stored)
  expect(spec.ports!.map((p) => p.nodePort)).toEqual([undefined, undefined])
  expect(spec).not.toHaveProperty('externalTrafficPolicy')
  const changed: Spec = { ...(structuredClone(stored) as Spec), type: 'ClusterIP', ports: [{ name: 'a', port: 80, nodePort: 31000 }] }
  dropUnused(changed, stored)
  expect(changed.ports![0]!.nodePort).toBe(31000)
})

test('a port may go together with the type', () => {
  const spec: Spec = { type: 'ClusterIP', ports: [{ name: 'a', port: 80, nodePort: 30080 }] }
  dropUnused(spec, stored)
  expect(spec.ports).toEqual([{ name: 'a', port: 80 }])
})
