import { expect, test } from 'vitest'
import type { PodSpec } from '../../../../api/core/v1.ts'
import { podWarnings } from './warnings.ts'

const warnings = (spec: object, annotations = {}, field = '') =>
  podWarnings(field, { metadata: { annotations }, spec: { containers: [], ...spec } as unknown as PodSpec })
const port = (name: string, containerPort: number, more = {}) => ({ name, containerPort, protocol: 'TCP', ...more })

test.each([
  ['nothing', {}, []],
  [
    'a label of long ago',
    { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
    ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  ['a plugin that is gone', { volumes: [{ name: 'v', rbd: {} }] }, ['spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+']],
  ['a projection of nothing', { volumes: [{ name: 'v', projected: { sources: [{}] } }] }, ['volume "v" (Projected) has no sources provided']],
  [
    'files that hide each other',
    {
      volumes: [
        { name: 'v', projected: { sources: [{ secret: { name: 's', items: [{ key: 'k', path: 'a' }] } }, { serviceAccountToken: { path: 'a/b/' } }] } },
      ],
    },
    ['volume "v" (Projected): overlapping paths: "a/b" (ServiceAccountToken) with "a" (Secret "s")'],
  ],
  [
    'half a byte',
    { containers: [{ name: 'c', resources: { limits: { memory: '1500m' } } }] },
    ['spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer'],
  ],
  [
    'half a byte here and there: first of memory, then of storage',
    {
      containers: [
        { name: 'c', resources: { limits: { memory: '2500m', 'ephemeral-storage': '4500m' }, requests: { memory: '1500m', 'ephemeral-storage': '3500m' } } },
      ],
    },
    [
      'spec.containers[0].resources.limits[memory]: fractional byte value "2500m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].resources.limits[ephemeral-storage]: fractional byte value "4500m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[ephemeral-storage]: fractional byte value "3500m" is invalid, must be an integer',
    ],
  ],
  [
    'a variable that hides another',
    {
      containers: [
        {
          name: 'c',
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '2' },
          ],
        },
      ],
    },
    ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
  ],
  [
    'one that extends it',
    {
      containers: [
        {
          name: 'c',
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '$(A)2' },
          ],
        },
      ],
    },
    [],
  ],
  [
    'a name of two ports',
    { initContainers: [{ name: 'i', ports: [port('p', 1)] }], containers: [{ name: 'c', ports: [port('p', 2)] }] },
    [
      'spec.containers[0].ports[0]: duplicate port name "p" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]',
    ],
  ],
  [
    'a port twice',
    { containers: [{ name: 'c', ports: [port('a', 1), port('b', 1)] }] },
    ['spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]'],
  ],
  [
    'an address to be read in two ways',
    { hostAliases: [{ ip: '05.06.07.08' }] },
    ['spec.hostAliases[0].ip: non-standard IP address "05.06.07.08" will be considered invalid in a future Kubernetes release: use "5.6.7.8"'],
  ],
  [
    'spread of nothing',
    { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z' }] },
    ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
  ],
])('%s', (_, spec, expected) => {
  expect(warnings(spec)).toEqual(expected)
})

test('an AppArmor annotation is reported for templates; of pods it is made a field', () => {
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/c': 'unconfined' }
  const spec = { containers: [{ name: 'c' }] }
  expect(warnings(spec, annotations)).toEqual([])
  expect(warnings(spec, annotations, 'spec.template')).toEqual([
    'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ])
})
