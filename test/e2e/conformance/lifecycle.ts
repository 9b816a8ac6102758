// Upstream's conformance tests of living pods: watches of them, their generation, resizes, ephemeral containers, streams.
import { WebSocket } from 'ws'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Body } from '../../integration/conformance/api.ts'
import { eventually } from '../../support/eventually.ts'
import { place } from './place.ts'
import { container, image, isReady, shell, specOf, statusOf } from './suite.ts'

const sleeper = { containers: [{ command: shell('trap "exit 0" TERM; while true; do sleep 0.2; done') }] }
const patch = (name: string, body: object, subresource = '') =>
  place.suite.api.must(`PATCH ${place.namespace.path(`pods/${name}`)}${subresource}`, body, { type: 'strategic' })
const conditionOf = (pod: Body, type: string) => statusOf(pod).conditions?.find((c) => c.type === type)?.status

describe.concurrent('pods', () => {
  test('Pods, lifecycle', async () => {
    const { metadata } = await place.suite.api.must(`GET ${place.namespace.path('pods')}?labelSelector=time%3Dnow`)
    await using watching = place.suite.api.watch(`${place.namespace.path('pods')}?labelSelector=time%3Dnow&resourceVersion=${metadata.resourceVersion}`)
    await place.namespace.pod('submitted', { ...sleeper, terminationGracePeriodSeconds: 30 }, { labels: { time: 'now' } })
    await watching.until('ADDED')
    await place.namespace.ready('submitted')
    await place.namespace.delete('submitted', { gracePeriodSeconds: 30 })
    const deleted = await watching.until('DELETED')
    expect(deleted.metadata['deletionTimestamp']).toBeDefined()
    expect(container(deleted).state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' })
    expect((await place.suite.api.must(`GET ${place.namespace.path('pods')}?labelSelector=time%3Dnow`)).items).toEqual([])
  })

  test('Pods, completes the lifecycle of a Pod and the PodStatus', async () => {
    await place.namespace.pod('pod-test', sleeper, { labels: { 'test-pod-static': 'true' } })
    await place.namespace.ready('pod-test')
    const patched = await patch('pod-test', { metadata: { labels: { 'test-pod': 'patched' } }, spec: { terminationGracePeriodSeconds: 1 } })
    expect(patched.metadata.labels).toMatchObject({ 'test-pod': 'patched', 'test-pod-static': 'true' })
    const live = await place.suite.api.must(`GET ${place.namespace.path('pods/pod-test/status')}`)
    const { conditions = [] } = statusOf(live)
    expect(conditions.filter(({ type, status }) => ['Ready', 'ContainersReady'].includes(type) && status === 'True')).toHaveLength(2)
    const unready = conditions.map((c) => (['Ready', 'ContainersReady'].includes(c.type) ? { ...c, status: 'False' } : c))
    const updated = await place.suite.api.must(`PUT ${place.namespace.path('pods/pod-test/status')}`, {
      ...live,
      status: { ...statusOf(live), conditions: unready },
    })
    expect([conditionOf(updated, 'Ready'), conditionOf(updated, 'ContainersReady')]).toEqual(['False', 'False'])
    await place.suite.api.must(`DELETE ${place.namespace.path('pods')}?labelSelector=test-pod-static%3Dtrue`, { gracePeriodSeconds: 1 })
    await place.namespace.gone('pod-test')
  })

  test('Pods, delete a collection', async () => {
    for (const name of ['one', 'two', 'three']) await place.namespace.pod(`test-pod-${name}`, sleeper, { labels: { type: 'Testing' } })
    for (const name of ['one', 'two', 'three']) await place.namespace.ready(`test-pod-${name}`)
    await place.suite.api.must(`DELETE ${place.namespace.path('pods')}?labelSelector=type%3DTesting`, { gracePeriodSeconds: 1 })
    for (const name of ['one', 'two', 'three']) await place.namespace.gone(`test-pod-${name}`)
  })

  test('Pods, patching status', async () => {
    await place.namespace.pod('status', sleeper)
    await place.namespace.ready('status')
    expect(statusOf(await patch('status', { status: { message: 'Patched by e2e test', reason: 'E2E' } }, '/status'))).toMatchObject({
      message: 'Patched by e2e test',
      reason: 'E2E',
    })
  })

  test('Pods Generation, updates', async () => {
    await place.namespace.pod('generation', { ...sleeper, initContainers: [{ name: 'init', image, command: ['/bin/true'] }] })
    expect((await place.namespace.ready('generation')).metadata['generation']).toBe(1)
    const steps: [object, number][] = [
      [{}, 1],
      [{ spec: { tolerations: [{ key: 'foo', operator: 'Equal', value: 'bar', effect: 'NoSchedule' }] } }, 2],
      [{ spec: { activeDeadlineSeconds: 5000 } }, 3],
      [{ spec: { containers: [{ name: 'c0', image }] } }, 3],
      [{ metadata: { annotations: { key: 'value' } } }, 3],
      [{ metadata: { generation: 1 } }, 3],
    ]
    for (const [change, generation] of steps) {
      expect((await patch('generation', change)).metadata['generation']).toBe(generation)
      const pod = await place.namespace.until('generation', (p) => statusOf(p).observedGeneration === generation)
      for (const c of statusOf(pod).conditions ?? []) expect(c).toMatchObject({ observedGeneration: generation })
    }
  })

  test('Pods Generation, 500 updates', async () => {
    await place.namespace.pod('generations', sleeper)
    await place.namespace.ready('generations')
    for (let seconds = 1000; seconds > 501; seconds--) await patch('generations', { spec: { activeDeadlineSeconds: seconds } })
    await place.namespace.until('generations', (pod) => pod.metadata['generation'] === 500 && statusOf(pod).observedGeneration === 500)
  })

  test('Pods Generation, graceful delete', async () => {
    expect((await place.namespace.pod('own-generation', sleeper, { generation: 100 })).metadata['generation']).toBe(1)
    await place.namespace.ready('own-generation')
    const deleted = await place.suite.api.must(`DELETE ${place.namespace.path('pods/own-generation')}?gracePeriodSeconds=60`)
    expect(deleted.metadata['generation']).toBe(2)
  })

  test('Ephemeral Container Creation; Ephemeral Container, update ephemeral containers', async () => {
    await place.namespace.pod('debugged', sleeper)
    await place.namespace.ready('debugged')
    const add = (name: string) =>
      patch(
        'debugged',
        { spec: { ephemeralContainers: [{ name, image, command: shell('echo polo; sleep 1000'), stdin: true, tty: true }] } },
        '/ephemeralcontainers',
      )
    for (const name of ['debugger', 'debugger2']) {
      await add(name)
      await place.namespace.until('debugged', (p) => statusOf(p).ephemeralContainerStatuses?.some((s) => s.name === name && s.state.running) ?? false)
      await eventually(async () => expect(await place.namespace.log('debugged', `container=${name}`)).toContain('polo'))
    }
    expect(statusOf(await place.namespace.get('debugged')).ephemeralContainerStatuses).toHaveLength(2)
  })

  test('Kubelet, managed etc hosts', async () => {
    const hosts = { name: 'host-etc-hosts', hostPath: { path: '/etc/hosts', type: 'File' } }
    await place.namespace.pod('etc-hosts', {
      volumes: [hosts],
      containers: [...sleeper.containers, { ...sleeper.containers[0], volumeMounts: [{ name: 'host-etc-hosts', mountPath: '/etc/hosts' }] }],
    })
    await place.namespace.pod('etc-hosts-host-network', { ...sleeper, hostNetwork: true })
    await place.namespace.ready('etc-hosts')
    await place.namespace.ready('etc-hosts-host-network')
    const read = (pod: string, name: string) => place.suite.cluster.kubectl('exec', '-n', place.namespace.name, pod, '-c', name, '--', 'cat', '/etc/hosts')
    const managed = '# Kubernetes-managed hosts file.'
    expect(await read('etc-hosts', 'c0')).toContain(managed)
    expect(await read('etc-hosts', 'c1')).not.toContain(managed)
    expect(await read('etc-hosts-host-network', 'c0')).not.toContain(managed)
  })
})

describe.concurrent('streams', () => {
  /** All frames of one exec or log, by channel. */
  function read(path: string, protocol: string): Promise<Readonly<Record<number, string>>> {
    const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<number, string>>>()
    const { url, token } = place.suite.api.address
    const socket = new WebSocket(`${url}${path}`, protocol ? [protocol] : [], { rejectUnauthorized: false, headers: { authorization: `Bearer ${token}` } })
    const frames: Record<number, string> = {}
    socket.on('message', (data: Buffer) => {
      const channel = protocol.startsWith('v') ? data[0]! : 0
      frames[channel] = (frames[channel] ?? '') + data.subarray(protocol.startsWith('v') ? 1 : 0).toString()
    })
    socket.on('close', () => resolve(frames)).on('error', reject)
    return promise
  }

  beforeAll(async () => {
    await place.namespace.pod('streaming', { containers: [{ command: shell('echo container is alive; sleep 1000') }] })
    await place.namespace.ready('streaming')
  })

  test.each(['v4.channel.k8s.io', 'v5.channel.k8s.io'])('Pods, remote command execution over websocket: %s', async (protocol) => {
    const query = 'stderr=1&stdout=1&container=c0&command=echo&command=remote+execution+test'
    const frames = await read(`${place.namespace.path('pods/streaming/exec')}?${query}`, protocol)
    expect(frames[1]).toBe('remote execution test\n')
    expect(JSON.parse(frames[3]!)).toMatchObject({ status: 'Success' })
  })

  test('Pods, logs from websockets', async () => {
    await eventually(async () =>
      expect(await read(`${place.namespace.path('pods/streaming/log')}?container=c0`, 'binary.k8s.io')).toEqual({ 0: 'container is alive\n' }),
    )
  })

  test('Kubectl, logs', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8 9; do echo line $i; done; sleep 1000'
    await place.namespace.pod('logs-generator', { containers: [{ command: shell(script) }] })
    await place.namespace.ready('logs-generator')
    const logs = (...flags: string[]) => place.suite.cluster.kubectl('logs', '-n', place.namespace.name, 'logs-generator', 'c0', ...flags)
    await eventually(async () => expect(await logs('--tail=1')).toBe('line 9'))
    expect(await logs('--limit-bytes=1')).toBe('l')
    expect(await logs('--tail=1', '--timestamps')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d) line 9$/)
    expect((await logs('--since=24h')).split('\n')).toHaveLength(9)
    await eventually(async () => expect(await logs('--since=1s')).toBe(''))
  })
})

describe.concurrent('resizes in place', () => {
  type Amounts = Readonly<Record<string, string>>
  interface Resources {
    readonly requests?: Amounts
    readonly limits?: Amounts
  }
  const fixed = (cpu: string, memory: string): Resources => ({ requests: { cpu, memory }, limits: { cpu, memory } })

  const cases: [string, readonly Resources[], readonly Resources[], 'patch' | 'put'][] = [
    [
      'In-place Pod Resize, guaranteed pods with multiple containers, net increase',
      [fixed('20m', '35Mi'), fixed('22m', '37Mi'), fixed('24m', '39Mi')],
      [fixed('25m', '40Mi'), fixed('27m', '42Mi'), fixed('19m', '34Mi')],
      'patch',
    ],
    [
      'In-place Pod Resize, guaranteed pods with multiple containers, net decrease',
      [fixed('20m', '35Mi'), fixed('22m', '37Mi'), fixed('24m', '39Mi')],
      [fixed('25m', '40Mi'), fixed('17m', '32Mi'), fixed('19m', '34Mi')],
      'patch',
    ],
    [
      'In-place Pod Resize, guaranteed pods with multiple containers, various operations',
      [fixed('20m', '35Mi'), fixed('22m', '37Mi'), fixed('24m', '39Mi')],
      [fixed('25m', '35Mi'), fixed('17m', '42Mi'), fixed('29m', '44Mi')],
      'patch',
    ],
    [
      'In-place Pod Resize, burtable pod with multiple containers and various operations',
      [
        { requests: { cpu: '20m' } },
        { requests: { memory: '35Mi' } },
        { requests: { cpu: '20m', memory: '35Mi' } },
        { requests: { cpu: '20m' } },
        { requests: { memory: '35Mi' } },
      ],
      [
        { requests: { cpu: '25m' }, limits: { cpu: '35m' } },
        { requests: { memory: '30Mi' }, limits: { memory: '50Mi' } },
        { requests: { cpu: '20m', memory: '30Mi' } },
        { requests: { cpu: '15m', memory: '35Mi' } },
        { requests: { cpu: '20m', memory: '40Mi' } },
      ],
      'patch',
    ],
    [
      'In-place Pod Resize, burstable pod resized with equivalents',
      [{ requests: { cpu: '2m' }, limits: { cpu: '10m' } }],
      [{ requests: { cpu: '1m' }, limits: { cpu: '5m' } }],
      'patch',
    ],
    ['In-place Pod Resize, read and replace endpoints', [fixed('20m', '35Mi')], [fixed('25m', '40Mi')], 'put'],
  ]
  test.each(cases)('%s', async (title, before, after, how) => {
    const name = title.toLowerCase().replaceAll(/\W+/g, '-').slice(-50).replace(/^-/, '')
    await place.namespace.pod(name, { containers: before.map((resources) => ({ command: shell('sleep 1000'), resources })) })
    await place.namespace.ready(name)
    const containers = after.map((resources, index) => ({ name: `c${index}`, resources }))
    if (how === 'patch') await patch(name, { spec: { containers } }, '/resize')
    else {
      const live = await place.suite.api.must(`GET ${place.namespace.path(`pods/${name}/resize`)}`)
      const spec = { ...specOf(live), containers: specOf(live).containers.map((c, index) => ({ ...c, resources: after[index] })) }
      await place.suite.api.must(`PUT ${place.namespace.path(`pods/${name}/resize`)}`, { ...live, spec })
    }
    const done = (pod: Body) => isReady(pod) && !['PodResizePending', 'PodResizeInProgress'].some((type) => conditionOf(pod, type) === 'True')
    const pod = await place.namespace.until(name, (p) => done(p) && statusOf(p).observedGeneration === 2)
    expect(specOf(pod).containers.map(({ resources }) => resources)).toEqual(after)
    await eventually(async () => {
      const statuses = statusOf(await place.namespace.get(name)).containerStatuses ?? []
      expect(statuses.map(({ resources }) => resources)).toEqual(after)
      expect(statuses.map(({ restartCount }) => restartCount)).toEqual(after.map(() => 0))
    })
    expect(statusOf(await place.suite.api.must(`GET ${place.namespace.path(`pods/${name}/resize`)}`))).toMatchObject({ observedGeneration: 2 })
    for (const [index, { limits }] of after.entries()) {
      if (limits?.['memory'])
        expect(
          await place.suite.cluster.kubectl(
            'exec',
            '-n',
            place.namespace.name,
            name,
            '-c',
            `c${index}`,
            '--',
            ...shell('cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true'),
          ),
        ).toBe(String(Number.parseInt(limits['memory'], 10) * 2 ** 20))
    }
  })
})
