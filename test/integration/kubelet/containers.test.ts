import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ContainerStatus } from '../../../src/api/core/v1.ts'
import { configMaps, pods, secrets } from '../../../src/api/resources.ts'
import { isReady, phase, running, TestNode } from './node.ts'

let node: TestNode
beforeAll(async () => {
  node = await TestNode.start('10.210.2.0/24')
  node.api.onSubresource = () => ({ status: { token: 'the-token', expirationTimestamp: new Date(Date.now() + 3600_000).toISOString() } })
  node.api.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'default' },
    data: { color: 'blue', size: 'xl' },
  })
  node.api.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'default' },
    data: { pass: Buffer.from('s3cret').toString('base64') },
  })
})
afterAll(async () => node[Symbol.asyncDispose]())

const sh = (script: string) => ['/bin/sh', '-c', script]
const status = (pod: { status?: { containerStatuses?: readonly ContainerStatus[] } }, name: string) =>
  pod.status?.containerStatuses?.find((s) => s.name === name)

test('environment: expansion, config maps, secrets, downward API, arguments', async () => {
  node.pod(
    'env',
    {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          command: sh('echo "$GREETING|$P_color|$PASS|$NAME|$LABEL|$IP|$CPU|$0"'),
          args: ['arg-$(NAME)'],
          envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }],
          env: [
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['tier']" } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'PASS', valueFrom: { secretKeyRef: { name: 'keys', key: 'pass' } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
            { name: 'GREETING', value: 'hello $(NAME) $$(NAME) $(NOPE)' },
          ],
          resources: { requests: { cpu: '50m' } },
        },
      ],
    },
    { labels: { tier: 'back' } },
  )
  const pod = await node.until('env', phase('Succeeded'))
  expect(node.log(pod, 'main')).toBe(`hello env $(NAME) $(NOPE)|blue|s3cret|env|back|${pod.status?.podIP}|50|arg-env\n`)
})

test('volumes: every kind, modes, subPath, hosts file, resolver, hostname', async () => {
  node.pod('volumes', {
    restartPolicy: 'Never',
    hostname: 'box',
    subdomain: 'sub',
    hostAliases: [{ ip: '1.2.3.4', hostnames: ['alias'] }],
    volumes: [
      { name: 'scratch', emptyDir: {} },
      { name: 'ram', emptyDir: { medium: 'Memory' } },
      { name: 'config', configMap: { name: 'settings', items: [{ key: 'color', path: 'deep/color', mode: 0o400 }] } },
      {
        name: 'all',
        projected: {
          defaultMode: 0o640,
          sources: [
            { secret: { name: 'keys' } },
            { serviceAccountToken: { path: 'token' } },
            { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
          ],
        },
      },
    ],
    containers: [
      {
        name: 'main',
        command: sh(
          'stat -c %a /scratch; grep " /ram " /proc/mounts | cut -d" " -f3; stat -L -c %a /config/deep/color; cat /config/deep/color /all/pass /all/token /all/name; echo; cat /sub; echo; tail -4 /etc/hosts; cat /etc/resolv.conf; hostname; mkdir /made/x'
            .replace('cut ', 'busybox cut ')
            .replace('tail ', 'busybox tail ')
            .replace('mkdir', 'busybox mkdir'),
        ),
        volumeMounts: [
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'scratch', mountPath: '/made', subPath: 'a/b' },
          { name: 'ram', mountPath: '/ram' },
          { name: 'config', mountPath: '/config' },
          { name: 'config', mountPath: '/sub', subPath: 'deep/color' },
          { name: 'all', mountPath: '/all' },
        ],
      },
    ],
  })
  const pod = await node.until('volumes', (p) => phase('Succeeded')(p) || phase('Failed')(p))
  const ip = pod.status?.podIP
  expect(node.log(pod, 'main').split('\n')).toEqual([
    '777',
    'tmpfs',
    '400',
    'blues3cretthe-tokenvolumes',
    'blue',
    `${ip}\tbox.sub.default.svc.cluster.local\tbox`,
    '',
    '# Entries added by HostAliases.',
    '1.2.3.4\talias',
    'search default.svc.cluster.local svc.cluster.local cluster.local',
    'nameserver 10.96.0.10',
    'options ndots:5',
    'box',
    '',
  ])
})

test('a changed config map reaches a running container through a new ..data', async () => {
  node.pod('live', {
    volumes: [{ name: 'config', configMap: { name: 'settings' } }],
    containers: [
      { name: 'main', command: sh('while true; do cat /config/size; echo; sleep 0.2; done'), volumeMounts: [{ name: 'config', mountPath: '/config' }] },
    ],
  })
  const pod = await node.until('live', running)
  node.api.change(configMaps, { namespace: 'default', name: 'settings' }, (c) => void Object.assign(c, { data: { color: 'blue', size: 'xxl' } }))
  await expect.poll(() => node.log(pod, 'main'), { timeout: 10_000 }).toContain('xxl')
  node.delete('live')
  await node.untilGone('live')
})

test('init containers in order, a sidecar beside the others, phases on the way', async () => {
  node.pod('init', {
    restartPolicy: 'Never',
    volumes: [{ name: 'shared', emptyDir: {} }],
    initContainers: [
      { name: 'first', command: sh('echo 1 >> /shared/order'), volumeMounts: [{ name: 'shared', mountPath: '/shared' }] },
      {
        name: 'side',
        restartPolicy: 'Always',
        command: sh('echo side >> /shared/order; trap exit TERM; while true; do sleep 0.1; done'),
        volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
        startupProbe: { exec: { command: ['/bin/grep', 'side', '/shared/order'] }, periodSeconds: 1 },
      },
      { name: 'second', command: sh('echo 2 >> /shared/order'), volumeMounts: [{ name: 'shared', mountPath: '/shared' }] },
    ] as never,
    containers: [{ name: 'main', command: sh('cat /shared/order'), volumeMounts: [{ name: 'shared', mountPath: '/shared' }] }],
  })
  const pod = await node.until('init', phase('Succeeded'))
  expect(node.log(pod, 'main')).toBe('1\nside\n2\n')
  expect(pod.status?.conditions?.find((c) => c.type === 'Initialized')).toMatchObject({ status: 'True', reason: 'PodCompleted' })
})

test('an init container that fails for good fails the pod', async () => {
  node.pod('bad-init', {
    restartPolicy: 'Never',
    initContainers: [{ name: 'init', command: ['/bin/false'] }] as never,
    containers: [{ name: 'main', command: ['/bin/true'] }],
  })
  const pod = await node.until('bad-init', phase('Failed'))
  expect(pod.status?.initContainerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' })
  expect(status(pod, 'main')?.state).toEqual({ waiting: { reason: 'PodInitializing' } })
  expect(pod.status?.conditions?.find((c) => c.type === 'Initialized')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: 'containers with incomplete status: [init]',
  })
})

test('a crashing container is restarted at once, then backs off', async () => {
  node.pod('crash', { containers: [{ name: 'main', command: sh('echo crashed; exit 3') }] })
  const pod = await node.until('crash', (p) => status(p, 'main')?.state?.waiting?.reason === 'CrashLoopBackOff')
  expect(status(pod, 'main')).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 3, reason: 'Error' } } })
  expect(status(pod, 'main')?.state?.waiting?.message).toMatch(/^back-off 10s restarting failed container=main pod=crash_default\(/)
  expect(pod.status?.phase).toBe('Running')
  node.delete('crash')
  await node.untilGone('crash')
})

test('probes: startup gates, readiness follows, liveness restarts', async () => {
  node.pod('probed', {
    containers: [
      {
        name: 'main',
        command: sh('sleep 1; touch /started; httpd -f -p 8080 -h / & sleep 1000'),
        ports: [{ name: 'http', containerPort: 8080 }],
        startupProbe: { tcpSocket: { port: 'http' }, periodSeconds: 1, failureThreshold: 20 },
        readinessProbe: { httpGet: { path: '/started', port: 'http' }, periodSeconds: 1 },
        livenessProbe: { exec: { command: ['/bin/sh', '-c', 'test ! -e /sick'] }, periodSeconds: 1, failureThreshold: 1 },
      },
    ],
  })
  const pod = await node.until('probed', isReady)
  expect(status(pod, 'main')).toMatchObject({ started: true, ready: true })
  const id = status(pod, 'main')!.containerID!.replace('containerd://', '')
  await node.containerd.client().execSync({ containerId: id, cmd: ['/bin/touch', '/sick'], timeout: 5 })
  const after = await node.until('probed', (p) => status(p, 'main')!.restartCount === 1 && isReady(p))
  expect(status(after, 'main')?.lastState?.terminated?.exitCode).toBe(137)
  await expect.poll(() => node.events('probed').join('\n')).toMatch(/Killing: Container main failed liveness probe, will be restarted/)
  node.delete('probed')
  await node.untilGone('probed')
})

test('hooks: postStart before ready, preStop before the signal', async () => {
  node.pod('hooked', {
    terminationGracePeriodSeconds: 10,
    volumes: [{ name: 'out', hostPath: { path: node.containerd.directory } }],
    containers: [
      {
        name: 'main',
        command: sh('trap "echo term >> /out/hooks; exit 0" TERM; while true; do sleep 0.1; done'),
        volumeMounts: [{ name: 'out', mountPath: '/out' }],
        lifecycle: { postStart: { exec: { command: sh('echo post >> /out/hooks') } }, preStop: { exec: { command: sh('echo pre >> /out/hooks') } } },
      },
    ],
  })
  await node.until('hooked', isReady)
  node.delete('hooked')
  await node.untilGone('hooked')
  expect(readFileSync(`${node.containerd.directory}/hooks`, 'utf8')).toBe('post\npre\nterm\n')
})

test('security context: user, groups, fsGroup, read-only root, no new privileges, capabilities', async () => {
  node.pod('secure', {
    restartPolicy: 'Never',
    securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] },
    volumes: [{ name: 'data', emptyDir: {} }],
    containers: [
      {
        name: 'main',
        command: sh('id; touch /x 2>&1; touch /data/y && stat -c %g /data/y; grep -E "NoNewPrivs|CapEff" /proc/self/status'),
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  })
  const pod = await node.until('secure', phase('Succeeded'))
  expect(node.log(pod, 'main').split('\n')).toEqual([
    'uid=1000 gid=3000 groups=2000,3000,4000',
    'touch: /x: Read-only file system',
    '2000',
    'CapEff:\t0000000000000000',
    'NoNewPrivs:\t1',
    '',
  ])
})

test('refusals: missing config map, root where it must not be, absent images', async () => {
  node.pod('no-map', { containers: [{ name: 'main', env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'nope', key: 'x' } } }] }] })
  node.pod('no-root', { containers: [{ name: 'main', securityContext: { runAsNonRoot: true } }] })
  node.pod('never', { containers: [{ name: 'main', image: 'absent:1', imagePullPolicy: 'Never' }] })
  node.pod('pull', { containers: [{ name: 'main', image: '127.0.0.1:1/absent:1' }] })
  node.pod('bad-name', { containers: [{ name: 'main', image: 'Bad//Name' }] })
  const waiting = async (name: string, reason: string) =>
    status(await node.until(name, (p) => status(p, 'main')?.state?.waiting?.reason === reason), 'main')!.state!.waiting!.message
  expect(await waiting('no-map', 'CreateContainerConfigError')).toBe('configmap "nope" not found')
  expect(await waiting('no-root', 'CreateContainerConfigError')).toMatch(/^container has runAsNonRoot and image will run as root \(pod: "no-root_default\(/)
  expect(await waiting('never', 'ErrImageNeverPull')).toBe('Container image "absent:1" is not present with pull policy of Never')
  expect(await waiting('pull', 'ImagePullBackOff')).toMatch(/^Back-off pulling image "127.0.0.1:1\/absent:1": ErrImagePull: /)
  await expect.poll(() => node.events('pull').join('\n')).toMatch(/Failed: Failed to pull image "127.0.0.1:1\/absent:1": /)
  await waiting('bad-name', 'InvalidImageName')
  for (const name of ['no-map', 'no-root', 'never', 'pull', 'bad-name']) node.delete(name)
  await Promise.all(['no-map', 'no-root', 'never', 'pull', 'bad-name'].map((name) => node.untilGone(name)))
})

test('limits reach the kernel, change in place, and the pod has its own cgroup', async () => {
  const limits = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } })
  node.pod('sized', { containers: [{ name: 'main', command: ['/bin/sleep', '1000'], resources: limits('500m', '64Mi') }] })
  const pod = await node.until('sized', isReady)
  const id = status(pod, 'main')!.containerID!.replace('containerd://', '')
  const groupOf = (text: string) => `/cox-test-${process.pid}/kubepods/pod${pod.metadata.uid}${text}`
  const controller = (name: string) => (existsSync('/sys/fs/cgroup/cgroup.controllers') ? '' : `/${name}`)
  const read = (name: string, file: string, below = '') => readFileSync(`/sys/fs/cgroup${controller(name)}${groupOf(below)}/${file}`, 'utf8').trim()
  const memory = controller('memory') ? 'memory.limit_in_bytes' : 'memory.max'
  expect(read('memory', memory, `/${id}`)).toBe('67108864')
  expect(read('memory', memory)).toBe('67108864')
  if (controller('cpu')) expect(read('cpu', 'cpu.cfs_quota_us', `/${id}`)).toBe('50000')
  node.api.change(pods, { namespace: 'default', name: 'sized' }, (p) => void (p.spec.containers[0]!.resources = limits('250m', '96Mi')))
  const resized = await node.until('sized', (p) => status(p, 'main')?.resources?.limits?.['memory'] === '96Mi' && p.status?.observedGeneration === 2)
  expect(status(resized, 'main')).toMatchObject({ restartCount: 0, allocatedResources: { cpu: '250m', memory: '96Mi' } })
  await expect.poll(() => read('memory', memory, `/${id}`)).toBe('100663296')
  expect(read('memory', memory)).toBe('100663296')
  node.delete('sized')
  await node.untilGone('sized')
  expect(existsSync(`/sys/fs/cgroup${controller('memory')}${groupOf('')}`)).toBe(false)
})

test('the network of the node, and a port of the node', async () => {
  node.pod('net', {
    hostNetwork: true,
    restartPolicy: 'Never',
    containers: [{ name: 'main', command: sh('busybox head -1 /etc/hosts; busybox ip -4 addr show lo') }],
  })
  const host = await node.until('net', phase('Succeeded'))
  expect(host.status).toMatchObject({ podIP: '127.0.0.1', hostIP: '127.0.0.1' })
  expect(node.log(host, 'main')).toMatch(/^# Kubernetes-managed hosts file \(host network\)\.\n[^]*inet 127\.0\.0\.1/)
  node.pod('port', {
    containers: [
      {
        name: 'main',
        command: sh('echo hi > /index.html; httpd -f -p 80 -h /'),
        ports: [{ containerPort: 80, hostPort: 18080 }],
        readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
      },
    ],
  })
  const pod = await node.until('port', isReady)
  expect(await (await fetch(`http://${pod.status!.podIP}/`)).text()).toBe('hi\n')
  node.pod('clash', { containers: [{ name: 'main', ports: [{ containerPort: 80, hostPort: 18080 }] }] })
  const refused = await node.until('clash', phase('Failed'))
  expect(refused.status).toMatchObject({
    reason: 'NodePorts',
    message: "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  })
  node.delete('clash')
  await node.untilGone('clash')
  node.delete('port')
  await node.untilGone('port')
})

test('a subPath may not leave its volume through a link that a container planted', async () => {
  const volumes = [{ name: 'data', emptyDir: {} }]
  node.pod('thief', {
    volumes,
    restartPolicy: 'OnFailure',
    initContainers: [{ name: 'plant', command: sh('busybox ln -s /etc /data/link'), volumeMounts: [{ name: 'data', mountPath: '/data' }] }] as never,
    containers: [{ name: 'main', command: ['/bin/ls', '/stolen'], volumeMounts: [{ name: 'data', mountPath: '/stolen', subPath: 'link' }] }],
  })
  const pod = await node.until('thief', (p) => status(p, 'main')?.state?.waiting?.reason === 'CreateContainerConfigError')
  expect(status(pod, 'main')?.state?.waiting?.message).toMatch(/^subpath "link" not within volume path/)
  node.delete('thief')
  await node.untilGone('thief')
})

test('last words from the log when the file is empty and the container failed', async () => {
  node.pod('words', {
    restartPolicy: 'Never',
    containers: [{ name: 'main', terminationMessagePolicy: 'FallbackToLogsOnError', command: sh('echo help; exit 1') }],
  })
  const pod = await node.until('words', phase('Failed'))
  expect(status(pod, 'main')?.state?.terminated).toMatchObject({ exitCode: 1, reason: 'Error', message: 'help\n' })
})

test('a pod past its deadline fails', async () => {
  node.pod('late', { activeDeadlineSeconds: 1, containers: [{ name: 'main', command: ['/bin/sleep', '1000'] }] })
  const pod = await node.until('late', phase('Failed'))
  expect(pod.status).toMatchObject({ reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' })
})

test('a kubelet that is started again finds its containers and restarts none', async () => {
  node.pod('lasting', { containers: [{ name: 'main', command: ['/bin/sleep', '1000'] }] })
  const before = await node.until('lasting', isReady)
  await node.stopKubelet()
  node.startKubelet()
  node.pod('afterwards', { restartPolicy: 'Never', containers: [{ name: 'main', command: ['/bin/true'] }] })
  await node.until('afterwards', phase('Succeeded'))
  const after = node.get('lasting')!
  expect(status(after, 'main')).toEqual(status(before, 'main'))
})

test('a pod that vanished while the kubelet was away is cleaned up', async () => {
  await node.stopKubelet()
  const uid = node.get('lasting')!.metadata.uid
  node.delete('lasting', 0)
  node.startKubelet()
  const runtime = node.containerd.client()
  await expect
    .poll(async () => (await runtime.listPodSandbox({ filter: { labelSelector: { 'io.kubernetes.pod.uid': uid } } })).items, { timeout: 20_000 })
    .toEqual([])
})

test('containers live on while containerd is restarted', async () => {
  node.pod('tough', { containers: [{ name: 'main', command: ['/bin/sleep', '1000'] }] })
  const before = await node.until('tough', isReady)
  await node.containerd.kill()
  await node.containerd.startAgain()
  node.pod('next', { restartPolicy: 'Never', containers: [{ name: 'main', command: ['/bin/true'] }] })
  await node.until('next', phase('Succeeded'))
  expect(status(node.get('tough')!, 'main')).toEqual(status(before, 'main'))
})

test('the node: registered, ready, with a lease', async () => {
  await expect.poll(() => node.node()?.status?.conditions?.find((c) => c.type === 'Ready')).toMatchObject({ status: 'True', reason: 'KubeletReady' })
  expect(node.node()?.status?.nodeInfo).toMatchObject({ kubeletVersion: 'v1.36.2', containerRuntimeVersion: expect.stringMatching(/^containerd:\/\/1\./) })
})
