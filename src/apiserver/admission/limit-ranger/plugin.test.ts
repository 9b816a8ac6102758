import { expect, test } from 'vitest'
import type { LimitRange, LimitRangeItem, Pod, ResourceRequirements } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { attributesFor } from '../fake/attributes.ts'
import { newLimitRanger } from './plugin.ts'

const range = (...limits: LimitRangeItem[]) => ({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: { limits } }) as unknown as LimitRange
const podOf = (...resources: ResourceRequirements[]) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { containers: resources.map((r, i) => ({ name: `c${i}`, resources: r })) },
  }) as unknown as Mutable<Pod>

function run(ranges: LimitRange[], pod: Mutable<Pod>, overrides = {}): string {
  const plugin = newLimitRanger({ inNamespace: () => ranges, changedAt: () => 0 })
  const attributes = attributesFor('pods', { object: pod, ...overrides })
  try {
    void plugin.admit!(attributes)
    void plugin.validate!(attributes)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

const container = (rest: Omit<LimitRangeItem, 'type'>) => range({ type: 'Container', ...rest })
const wholePod = (rest: Omit<LimitRangeItem, 'type'>) => range({ type: 'Pod', ...rest })

test.each([
  ['nothing said, nothing checked', [], podOf({}), ''],
  ['too small', [container({ min: { cpu: '100m' } })], podOf({ requests: { cpu: '50m' } }), 'minimum cpu usage per Container is 100m, but request is 50m'],
  [
    'limit too small',
    [container({ min: { cpu: '1' } })],
    podOf({ requests: { cpu: '1' }, limits: { cpu: '500m' } }),
    'minimum cpu usage per Container is 1, but limit is 500m',
  ],
  ['no limit at all', [container({ max: { cpu: '1' } })], podOf({ requests: { cpu: '1' } }), 'maximum cpu usage per Container is 1.  No limit is specified'],
  [
    'a ratio of four',
    [container({ maxLimitRequestRatio: { cpu: '2' } })],
    podOf({ requests: { cpu: '500m' }, limits: { cpu: '2' } }),
    'cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000',
  ],
  [
    'containers are added up',
    [wholePod({ max: { cpu: '1' } })],
    podOf({ limits: { cpu: '600m' } }, { limits: { cpu: '600m' } }),
    'maximum cpu usage per Pod is 1, but limit is 1200m',
  ],
  [
    'every complaint once',
    [container({ min: { cpu: '1' }, max: { cpu: '2' } })],
    podOf({}, {}),
    '[minimum cpu usage per Container is 1.  No request is specified, maximum cpu usage per Container is 2.  No limit is specified]',
  ],
])('%s', (_, ranges, pod, complaint) => {
  expect(run(ranges, pod)).toBe(complaint && `pods "p" is forbidden: ${complaint}`)
})

test('defaults fill what is missing and say so', () => {
  const pod = podOf({ limits: { cpu: '2' } })
  run([container({ default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '500m' } })], pod)
  expect(pod.spec.containers[0]!.resources).toEqual({ limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '500m' } })
  expect(pod.metadata.annotations).toEqual({
    'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu request for container c0; memory limit for container c0',
  })
})

test('an update is checked only when it resizes', () => {
  const ranges = [container({ max: { cpu: '1' } })]
  const tooMuch = podOf({ limits: { cpu: '2' } })
  expect(run(ranges, tooMuch, { operation: 'UPDATE', oldObject: tooMuch })).toBe('')
  expect(run(ranges, tooMuch, { operation: 'UPDATE', oldObject: tooMuch, subresource: 'resize' })).toContain('but limit is 2')
})
