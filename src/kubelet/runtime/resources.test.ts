import { expect, test } from 'vitest'
import { pod } from '../fake/pods.ts'
import { podLimits } from './pod-resources.ts'
import { linuxResources, oomScoreAdj, qosClass, resizeOf } from './resources.ts'

test.each([
  [{}, { cpuShares: 2 }],
  [{ requests: { cpu: '1' } }, { cpuShares: 1024 }],
  [{ requests: { cpu: '1m' } }, { cpuShares: 2 }],
  [{ limits: { cpu: '500m', memory: '64Mi' } }, { cpuShares: 512, cpuPeriod: 100_000, cpuQuota: 50_000, memoryLimitInBytes: 67_108_864 }],
  // Below the kernel's 1 ms.
  [{ limits: { cpu: '5m' } }, { cpuShares: 5, cpuPeriod: 100_000, cpuQuota: 1_000 }],
])('%j becomes %j', (resources, linux) => expect(linuxResources(resources)).toEqual(linux))

const both = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } })
test.each([
  ['nothing', {}, 'BestEffort'],
  ['requests only', { requests: { cpu: '1' } }, 'Burstable'],
  ['equal', both('1', '1Gi'), 'Guaranteed'],
  ['limits only: requests follow', { limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  ['memory missing', { limits: { cpu: '1' } }, 'Burstable'],
])('quality of service: %s', (_, resources, qos) => expect(qosClass(pod({ containers: [{ name: 'c', resources }] }))).toBe(qos))

const gi = 2 ** 30
for (const { name, resources, priority, floor = -1000, want } of [
  { name: 'best effort goes first', resources: {}, want: 1000 },
  { name: 'guaranteed goes last', resources: both('1', '1Gi'), want: -997 },
  // 1000 - 1000 * 1Gi / 4Gi
  { name: 'a quarter of the node', resources: { requests: { memory: '1Gi' } }, want: 750 },
  { name: 'never like best effort', resources: { requests: { cpu: '1' } }, want: 999 },
  { name: 'never like guaranteed', resources: { requests: { memory: '4Gi' } }, want: 3 },
  { name: 'critical pods go last', resources: {}, priority: 2_000_001_000, want: -997 },
  { name: 'not below what the kubelet may set', resources: both('1', '1Gi'), floor: 0, want: 0 },
]) {
  test(`oom score: ${name}`, () => {
    const container = { name: 'c', resources }
    expect(oomScoreAdj(pod({ containers: [container], ...(priority ? { priority } : {}) }), container, { memoryBytes: 4 * gi, floor })).toBe(want)
  })
}

test.each([
  ['equal', { limits: { memory: '64Mi' } }, { memoryLimitInBytes: 67_108_864, cpuShares: 2 }, [], 'none'],
  ['more memory', { limits: { memory: '128Mi' } }, { memoryLimitInBytes: 67_108_864, cpuShares: 2 }, [], 'in-place'],
  [
    'more memory, with a restart',
    { limits: { memory: '128Mi' } },
    { memoryLimitInBytes: 67_108_864 },
    [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }],
    'restart',
  ],
  ['2m and 1m are the same shares', { requests: { cpu: '1m' } }, { cpuShares: 2 }, [], 'none'],
  ['runtime that reports nothing', { limits: { cpu: '1' } }, null, [], 'none'],
  // Containers without limits report 0; a runtime that reports nothing at all has nothing to compare with.
  ['a limit where there was none', { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } }, { cpuShares: 2, memoryLimitInBytes: 0 }, [], 'in-place'],
  ['a runtime that reports nothing', { limits: { memory: '2Gi' } }, {}, [], 'none'],
] as const)('resize: %s', (_, resources, actual, resizePolicy, want) => expect(resizeOf({ name: 'c', resources, resizePolicy }, actual)).toBe(want))

test('a pod: containers together or the init peak with the sidecars before it', () => {
  const cpu = (name: string, amount: string, more: object = {}) => ({ name, resources: both(amount, '1Mi'), ...more })
  const spec = { initContainers: [cpu('s', '100m', { restartPolicy: 'Always' }), cpu('i', '900m')], containers: [cpu('a', '300m'), cpu('b', '400m')] }
  // 100 + 900 against 100 + 300 + 400
  expect(podLimits(pod(spec))).toEqual({ milliCpuRequest: 1000, milliCpuLimit: 1000, memoryLimit: 3 * 2 ** 20 })
  expect(podLimits(pod({ containers: [cpu('a', '300m'), { name: 'b' }] }))).toEqual({ milliCpuRequest: 300, milliCpuLimit: undefined, memoryLimit: undefined })
})
