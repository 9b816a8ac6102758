// Upstream's conformance tests of what becomes of pods: probes, hooks, init containers, restarts, last words, resizes.
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import type { Body } from '../../integration/conformance/api.ts'
import { place } from './place.ts'
import { container, image, isReady, type PodSpec, shell, statusOf } from './suite.ts'

const forever = 'trap "exit 0" TERM; while true; do sleep 0.2; done'
const path = (resource: string) => place.namespace.path(resource)
const condition = (pod: Body, type: string) => statusOf(pod).conditions?.find((c) => c.type === type)

describe.concurrent('probes:', () => {
  /** Serves /healthz for a while, then 404s. */
  const turning = (seconds: number) => shell(`mkdir /w; echo ok > /w/healthz; (sleep ${seconds}; rm /w/healthz) & exec httpd -f -p 8080 -h /w`)
  const quick = { periodSeconds: 1, failureThreshold: 1, initialDelaySeconds: 1 }

  test.each([
    [
      'Pod liveness probe, using local file, restart',
      shell(`echo ok > /tmp-health; (sleep 2; rm /tmp-health) & ${forever}`),
      { exec: { command: ['cat', '/tmp-health'] } },
    ],
    ['Pod liveness probe, using http endpoint, restart', turning(2), { httpGet: { path: '/healthz', port: 8080 } }],
    ['Pod liveness probe, using grpc call, failure', turning(100), { grpc: { port: 2333 } }],
  ])('%s', async (title, command, handler) => {
    const pod = nameOf(title)
    await place.namespace.pod(pod, { containers: [{ command, livenessProbe: { ...handler, ...quick } }] })
    await place.namespace.until(pod, (p) => container(p).restartCount >= 1)
  })

  test('Pod liveness probe, using http endpoint, multiple restarts (slow)', async () => {
    await place.namespace.pod('restarting', { containers: [{ command: turning(1), livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, ...quick } }] })
    const counts: number[] = []
    await place.namespace.until('restarting', (p) => {
      const { restartCount } = container(p)
      if (restartCount !== counts.at(-1)) counts.push(restartCount)
      return restartCount >= 2
    })
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  test.each([
    ['Pod liveness probe, using local file, no restart', { exec: { command: ['cat', '/w/healthz'] } }],
    ['Pod liveness probe, using http endpoint, failure', { httpGet: { path: '/healthz', port: 8080 } }],
    ['Pod liveness probe, using tcp socket, no restart', { tcpSocket: { port: 8080 } }],
  ])('%s', async (title, handler) => {
    const pod = nameOf(title)
    const probe = { ...handler, periodSeconds: 1, failureThreshold: 2 }
    // Ready says that the same probe succeeds; alive after several of them.
    const counted = { exec: { command: shell('echo >> /w/n; [ $(wc -l < /w/n) -ge 4 ]') }, periodSeconds: 1 }
    const command = shell('mkdir /w; echo ok > /w/healthz; exec httpd -f -p 8080 -h /w')
    await place.namespace.pod(pod, { containers: [{ command, livenessProbe: { ...probe, initialDelaySeconds: 2 }, readinessProbe: counted }] })
    expect(container(await place.namespace.ready(pod)).restartCount).toBe(0)
  })

  test('Pod readiness probe, with initial delay', async () => {
    await place.namespace.pod('delayed', {
      containers: [{ command: turning(100), readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 3 } }],
    })
    const pod = await place.namespace.ready('delayed')
    const started = (container(pod).state.running as { startedAt: string }).startedAt
    const readyAt = (condition(pod, 'Ready') as unknown as { lastTransitionTime: string }).lastTransitionTime
    expect(Date.parse(readyAt) - Date.parse(started)).toBeGreaterThanOrEqual(2000)
    expect(container(pod).restartCount).toBe(0)
  })

  test('Pod readiness probe, failure', async () => {
    await place.namespace.pod('unready', { containers: [{ command: shell(forever), readinessProbe: { exec: { command: ['/bin/false'] }, periodSeconds: 1 } }] })
    await eventually(async () => expect((await place.namespace.events('unready')).join()).toContain('Unhealthy: Readiness probe failed: '))
    const pod = await place.namespace.get('unready')
    expect([isReady(pod), container(pod).restartCount, statusOf(pod).phase]).toEqual([false, 0, 'Running'])
  })
})

describe.concurrent('hooks:', () => {
  const hooks = [
    ['Pod Lifecycle, post start exec hook', 'postStart', 'exec'],
    ['Pod Lifecycle, post start http hook', 'postStart', 'httpGet'],
    ['Pod Lifecycle, prestop exec hook', 'preStop', 'exec'],
    ['Pod Lifecycle, prestop http hook', 'preStop', 'httpGet'],
    ['Pods, prestop hook', 'preStop', 'exec'],
  ] as const

  beforeAll(async () => {
    const files = hooks.map(([title]) => nameOf(title)).join(' ')
    await place.namespace.pod('handler', { containers: [{ command: shell(`mkdir /w; cd /w; touch ${files}; exec httpd -f -vv -p 8080 -h /w`) }] })
    await place.namespace.ready('handler')
  })

  test.each(hooks)('%s', async (title, moment, how) => {
    const pod = nameOf(title)
    const host = statusOf(await place.namespace.get('handler')).podIP
    const target = `/${pod}`
    const handler =
      how === 'exec' ? { exec: { command: ['wget', '-O-', '-q', `http://${host}:8080${target}`] } } : { httpGet: { path: target, host, port: 8080 } }
    await place.namespace.pod(pod, { terminationGracePeriodSeconds: 15, containers: [{ command: shell(forever), lifecycle: { [moment]: handler } }] })
    await place.namespace.ready(pod)
    if (moment === 'postStart') await eventually(async () => expect(await place.namespace.log('handler')).toContain(target))
    else expect(await place.namespace.log('handler')).not.toContain(target)
    await place.namespace.delete(pod, { gracePeriodSeconds: 15 })
    await eventually(async () => expect(await place.namespace.log('handler')).toContain(target))
  })
})

describe.concurrent('init containers:', () => {
  const init = (...commands: string[]) => ({ initContainers: commands.map((command, index) => ({ name: `init${index + 1}`, image, command: [command] })) })
  const waiting = (pod: Body) => statusOf(pod).containerStatuses?.map(({ state }) => state.waiting?.reason)
  /** What a watcher of the pod sees, until something. */
  async function watched(name: string, spec: PodSpec, last: (pod: Body) => boolean): Promise<readonly Body[]> {
    const { metadata } = await place.namespace.pod(name, spec)
    await using watching = place.suite.api.watch(`${path('pods')}?fieldSelector=metadata.name%3D${name}&resourceVersion=${metadata.resourceVersion}`)
    await eventually(() => expect(watching.events.some(({ object }) => last(object))).toBe(true), { withinMs: 90_000 })
    const all = watching.events.map(({ object }) => object)
    const seen = all.slice(0, all.findIndex(last) + 1)
    // Upstream's invariant: no container but the init containers has begun before all of them have ended well.
    for (const pod of seen) {
      const statuses = statusOf(pod).initContainerStatuses ?? []
      const done = statuses.length > 0 && statuses.every(({ state }) => state.terminated?.exitCode === 0)
      const initialized = condition(pod, 'Initialized')?.status
      if (initialized !== undefined && statuses.length > 0) expect(initialized).toBe(done ? 'True' : 'False')
      if (!done && statusOf(pod).containerStatuses) expect(waiting(pod)).toEqual(['PodInitializing'])
    }
    return seen
  }

  test('init-container-starts-app-restartnever-pod', async () => {
    const seen = await watched(
      'init-never',
      { restartPolicy: 'Never', ...init('/bin/true', '/bin/true'), containers: [{ command: ['/bin/true'] }] },
      (pod) => statusOf(pod).phase === 'Succeeded',
    )
    expect(statusOf(seen.at(-1)!).initContainerStatuses).toMatchObject([{ ready: true, state: { terminated: { exitCode: 0 } } }, { ready: true }])
  })

  test('init-container-starts-app-restartalways-pod', async () => {
    const spec = { ...init('/bin/true', '/bin/true'), containers: [{ command: shell(forever), resources: { limits: { cpu: '100m' } } }] }
    const seen = await watched('init-always', spec, (pod) => statusOf(pod).phase === 'Running')
    expect(statusOf(seen.at(-1)!).initContainerStatuses).toMatchObject([{ ready: true, state: { terminated: { exitCode: 0 } } }, { ready: true }])
  })

  test('init-container-fails-stops-app-restartalways-pod', async () => {
    const spec = { ...init('/bin/false', '/bin/true'), containers: [{ command: shell(forever) }] }
    const seen = await watched('init-fails', spec, (pod) => (statusOf(pod).initContainerStatuses?.[0]?.restartCount ?? 0) >= 2)
    for (const pod of seen) {
      const [first, second] = statusOf(pod).initContainerStatuses ?? []
      if (!first) continue
      expect(second?.state.waiting?.reason).toBe('PodInitializing')
      expect(first.state.terminated?.exitCode ?? 1).not.toBe(0)
    }
    const last = seen.at(-1)!
    expect(statusOf(last).phase).toBe('Pending')
    expect(condition(last, 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [init1 init2]',
    })
  })

  test('init-container-fails-stops-app-restartnever-pod', async () => {
    const spec = {
      restartPolicy: 'Never',
      ...init('/bin/true', '/bin/false'),
      containers: [{ command: ['/bin/true'], resources: { limits: { cpu: '100m' } } }],
    }
    const seen = await watched('init-fails-never', spec, (pod) => statusOf(pod).phase === 'Failed')
    const last = seen.at(-1)!
    expect(condition(last, 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [init2]',
    })
    expect(statusOf(last).containerStatuses?.[0]?.state.waiting).toBeDefined()
  })
})

describe.concurrent('containers that end:', () => {
  test.each([
    ['rpa', 'Always', 'Running', 'running', 2, true],
    ['rpof', 'OnFailure', 'Succeeded', 'terminated', 1, false],
    ['rpn', 'Never', 'Failed', 'terminated', 0, false],
  ] as const)('Container Runtime, Restart Policy, Pod Phases: %s', async (name, restartPolicy, phase, state, restartCount, ready) => {
    const script = `f=/restart-count/n; echo hello >> $f; count=$(wc -l < $f); [ $count -eq 1 ] && exit 1; [ $count -eq 2 ] && exit 0; ${forever}`
    const volumes = [{ name: 'v', emptyDir: { medium: 'Memory' } }]
    await place.namespace.pod(name, {
      restartPolicy,
      volumes,
      containers: [{ command: shell(script), volumeMounts: [{ name: 'v', mountPath: '/restart-count' }] }],
    })
    const pod = await place.namespace.until(name, (p) => statusOf(p).phase === phase && container(p).restartCount === restartCount && isReady(p) === ready)
    await place.namespace.until(name, (p) => Object.keys(container(p).state)[0] === state)
    expect(container(pod).restartCount).toBe(restartCount)
    await place.namespace.delete(name)
  })

  test.each([
    [
      'Container Runtime, TerminationMessagePath, non-root user and non-default path',
      'Succeeded',
      'DONE',
      {
        command: shell('echo -n DONE > /dev/termination-custom-log'),
        terminationMessagePath: '/dev/termination-custom-log',
        securityContext: { runAsUser: 10_000 },
      },
    ],
    [
      "Container Runtime, TerminationMessage, from container's log output of failing container",
      'Failed',
      'DONE',
      { command: shell('echo -n DONE; false'), terminationMessagePolicy: 'FallbackToLogsOnError' },
    ],
    [
      'Container Runtime, TerminationMessage, from log output of succeeding container',
      'Succeeded',
      undefined,
      { command: shell('echo -n DONE; true'), terminationMessagePolicy: 'FallbackToLogsOnError' },
    ],
    [
      'Container Runtime, TerminationMessage, from file of succeeding container',
      'Succeeded',
      'OK',
      { command: shell('echo -n OK > /dev/termination-log; echo DONE; true'), terminationMessagePolicy: 'FallbackToLogsOnError' },
    ],
  ] as const)('%s', async (title, phase, message, spec) => {
    const pod = nameOf(title)
    await place.namespace.pod(pod, { restartPolicy: 'Never', containers: [spec] })
    expect(container(await place.namespace.ended(pod, phase)).state.terminated?.message).toBe(message)
  })

  test('Kubelet, failed pod, terminated reason', async () => {
    await place.namespace.pod('always-fails', { containers: [{ command: ['/bin/false'] }] })
    const pod = await place.namespace.until(
      'always-fails',
      (p) => container(p).lastState.terminated !== undefined || container(p).state.terminated !== undefined,
    )
    const { state, lastState } = container(pod)
    expect((state.terminated ?? lastState.terminated)?.reason).toBe('Error')
    // Kubelet, failed pod, delete
    await place.namespace.delete('always-fails')
  })

  test('Pods, ActiveDeadlineSeconds', async () => {
    await place.namespace.pod('deadline', { containers: [{ command: shell(forever) }] })
    await place.namespace.ready('deadline')
    await place.suite.api.must(`PATCH ${path('pods/deadline')}`, { spec: { activeDeadlineSeconds: 2 } }, { type: 'merge' })
    expect(statusOf(await place.namespace.ended('deadline', 'Failed'))).toMatchObject({ reason: 'DeadlineExceeded' })
  })
})

describe.concurrent('sub paths:', () => {
  const pod = (value: object, more: object = {}) => ({
    volumes: [{ name: 'workdir1', emptyDir: {} }],
    containers: [
      {
        command: shell(forever),
        env: [
          { name: 'POD_NAME', value: 'foo' },
          { name: 'PART', ...value },
        ],
        volumeMounts: [
          { name: 'workdir1', mountPath: '/subpath_mount', subPathExpr: '$(PART)/$(POD_NAME)' },
          { name: 'workdir1', mountPath: '/volume_mount' },
        ],
        ...more,
      },
    ],
  })
  const annotation = { valueFrom: { fieldRef: { fieldPath: "metadata.annotations['mysubpath']" } } }
  const refused = (name: string) => place.namespace.until(name, (p) => container(p).state.waiting?.reason === 'CreateContainerConfigError')

  test.each([
    ['VolumeSubpathEnvExpansion, subpath with backticks', '..'],
    ['VolumeSubpathEnvExpansion, subpath with absolute path', '/tmp'],
  ])('%s', async (title, value) => {
    await place.namespace.pod(nameOf(title), pod({ value }))
    await refused(nameOf(title))
    await place.namespace.delete(nameOf(title))
  })

  test('VolumeSubpathEnvExpansion, subpath ready from failed state', async () => {
    await place.namespace.pod('later', pod(annotation), { annotations: { notmysubpath: 'mypath' } })
    await refused('later')
    await place.suite.api.must(`PATCH ${path('pods/later')}`, { metadata: { annotations: { mysubpath: 'mypath' } } }, { type: 'merge' })
    await place.namespace.ready('later')
    await place.namespace.delete('later')
  })

  test('VolumeSubpathEnvExpansion, subpath test writes', async () => {
    await place.namespace.pod('writes', pod(annotation), { annotations: { mysubpath: 'mypath' } })
    await place.namespace.ready('writes')
    await place.namespace.exec('writes', 'touch', '/volume_mount/mypath/foo/test.log')
    await place.namespace.exec('writes', 'stat', '/subpath_mount/test.log')
    await place.suite.api.must(`PATCH ${path('pods/writes')}`, { metadata: { annotations: { mysubpath: 'mynewpath' } } }, { type: 'merge' })
    await place.namespace.ready('writes')
    await place.namespace.delete('writes')
  })
})

const nameOf = (title: string) => title.toLowerCase().replaceAll(/\W+/g, '-').slice(0, 60).replace(/-$/, '')
