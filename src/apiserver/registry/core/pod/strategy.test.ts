import { expect, test } from 'vitest'
import type { Pod } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { FakeClock } from '../../../../util/fake/clock.ts'
import { finish } from '../../../../util/steps.ts'
import type { RequestContext, Strategy } from '../../generic/strategy.ts'
import { strategyFor } from '../../generic/default-strategy.ts'
import { podStrategy } from './strategy.ts'

const clock = new FakeClock(0)
const user = { name: 'u', uid: '', groups: [], extra: {} }
const warned: string[] = []
const context = (subresource = ''): RequestContext =>
  ({ user, namespace: 'n', name: 'p', subresource, dryRun: false, clock, warn: (text: string) => warned.push(text) }) as unknown as RequestContext

/** A pod as it is stored. */
function stored(spec: object = {}, more: object = {}): Pod {
  const pod = structuredClone({
    metadata: { name: 'p', namespace: 'n' },
    spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
    ...more,
  }) as unknown as Mutable<Pod>
  podStrategy.defaults!(pod)
  podStrategy.prepareForCreate!(context(), pod)
  return pod as Pod
}

function update(old: Pod, change: (pod: Mutable<Pod>) => void, subresource = ''): { readonly pod: Pod; readonly errors: readonly string[] } {
  const strategy = strategyFor(podStrategy as unknown as Strategy, subresource) as unknown as Strategy<Pod>
  const pod = structuredClone(old) as Mutable<Pod>
  change(pod)
  strategy.defaults!(pod)
  strategy.prepareForUpdate!(context(subresource), pod, old)
  const inSteps = strategy.validateInSteps?.(context(subresource), pod as Pod, old)
  const errors = [...(strategy.validateUpdate?.(context(subresource), pod as Pod, old) ?? []), ...(inSteps ? finish(inSteps) : [])]
  return { pod: pod as Pod, errors: errors.map(fieldErrorMessage) }
}

test('a new pod has a phase, a quality of service, and says when it is gated', () => {
  expect(stored().status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
  expect(stored({ schedulingGates: [{ name: 'g' }] }).status?.conditions?.map(({ reason }) => reason)).toEqual(['SchedulingGated'])
})

test('keys of labels become requirements of selectors', () => {
  const spread = [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {}, matchLabelKeys: ['rev', 'none'] }]
  const pod = stored({ topologySpreadConstraints: spread }, { metadata: { name: 'p', labels: { rev: '2' } } })
  expect(pod.spec.topologySpreadConstraints?.[0]?.labelSelector).toEqual({ matchExpressions: [{ key: 'rev', operator: 'In', values: ['2'] }] })
})

test('an AppArmor annotation becomes a field, with a warning', () => {
  const key = 'container.apparmor.security.beta.kubernetes.io/c'
  const pod = stored({}, { metadata: { name: 'p', annotations: { [key]: 'localhost/x' } } })
  expect(pod.spec.containers[0]?.securityContext?.appArmorProfile).toEqual({ type: 'Localhost', localhostProfile: 'x' })
  expect(warned.at(-1)).toBe(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`)
})

test('huge pages that containers are limited to limit the pod, unless it requests them itself', () => {
  const pages = { 'hugepages-2Mi': '4Mi', 'hugepages-1Gi': '1Gi' }
  const containers = [{ name: 'c', image: 'i', resources: { limits: pages } }]
  const { resources } = stored({ containers, resources: { requests: { cpu: '1', 'hugepages-1Gi': '1Gi' } } }).spec
  expect(resources).toEqual({ requests: { cpu: '1', 'hugepages-1Gi': '1Gi', 'hugepages-2Mi': '4Mi' }, limits: { 'hugepages-2Mi': '4Mi' } })
})

test('pod-level requests come from containers, then from limits', () => {
  const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '250m' } } }]
  const { resources } = stored({ containers, resources: { limits: { cpu: '2', memory: '1Gi' } } }).spec
  expect(resources?.requests).toEqual({ cpu: '250m', memory: '1Gi' })
})

test('resources of the pod that name nothing get nothing', () => {
  const containers = [{ name: 'c', image: 'i', resources: { limits: { 'hugepages-2Mi': '4Mi' } } }]
  expect(stored({ containers, resources: { limits: {}, requests: {} } }).spec.resources).toEqual({ limits: {}, requests: {} })
})

test.each([
  ['a', 'Always'],
  ['a:1', 'IfNotPresent'],
  [`a:latest@sha256:${'0'.repeat(64)}`, 'Always'],
  // It names no image, and so no tag.
  ['Upper', 'IfNotPresent'],
  ['', 'IfNotPresent'],
])('image %j is pulled %s', (image, policy) => {
  const { containers, volumes } = stored({ containers: [{ name: 'c', image }], volumes: [{ name: 'v', image: { reference: image } }] }).spec
  expect([containers[0]!.imagePullPolicy, volumes?.[0]?.image?.pullPolicy]).toEqual([policy, policy])
})

const plain = stored()

test.each<[string, Pod, (pod: Mutable<Pod>) => void, readonly string[]]>([
  ['an image may change', plain, (pod) => (pod.spec.containers[0]!.image = 'i:2'), []],
  ['a deadline may be set', plain, (pod) => (pod.spec.activeDeadlineSeconds = 5), []],
  [
    'but not be put off',
    stored({ activeDeadlineSeconds: 5 }),
    (pod) => (pod.spec.activeDeadlineSeconds = 6),
    ['spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value'],
  ],
  ['tolerations may be added', plain, (pod) => (pod.spec.tolerations = [{ key: 'a', operator: 'Exists' }]), []],
  [
    'but not be taken away',
    stored({ tolerations: [{ key: 'a', operator: 'Exists' }] }),
    (pod) => delete pod.spec.tolerations,
    ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
  ],
  [
    'containers stay',
    plain,
    (pod) => pod.spec.containers.push({ name: 'd', image: 'i' }),
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  ],
  [
    'gates only go',
    plain,
    (pod) => (pod.spec.schedulingGates = [{ name: 'g' }]),
    ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"],
  ],
  ['a gated pod can be narrowed', stored({ schedulingGates: [{ name: 'g' }] }), (pod) => (pod.spec.nodeSelector = { a: 'b' }), []],
  [
    'not turned around',
    stored({ schedulingGates: [{ name: 'g' }], nodeSelector: { a: 'b' } }),
    (pod) => (pod.spec.nodeSelector = { a: 'c' }),
    ['spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)'],
  ],
  ['the same amount in other words is no change', stored({ overhead: { cpu: '1' } }), (pod) => (pod.spec.overhead = { cpu: '1000m' }), []],
])('update: %s', (_, old, change, expected) => {
  expect(update(old, change).errors).toEqual(expected)
})

test('a refused change shows the difference', () => {
  const [error] = update(plain, (pod) => (pod.spec.nodeName = 'n')).errors
  expect(error!.split('\n').slice(1)).toEqual([
    '@@ -42,7 +42,7 @@',
    '  "NodeSelector": null,',
    '  "ServiceAccountName": "",',
    '  "AutomountServiceAccountToken": null,',
    '- "NodeName": "",',
    '+ "NodeName": "n",',
    '  "SecurityContext": {',
    '   "HostNetwork": false,',
    '   "HostPID": false,',
    '',
  ])
})

const resources = { requests: { cpu: '100m' }, limits: { cpu: '200m' } }
const sized = stored({ containers: [{ name: 'c', image: 'i:1', resources }] })

test('resize changes cpu and memory, and nothing else', () => {
  const resized = update(
    sized,
    (pod) => Object.assign(pod.spec.containers[0]!, { image: 'other', resources: { ...resources, requests: { cpu: '150m' } } }),
    'resize',
  )
  expect(resized.errors).toEqual([])
  expect(resized.pod.spec.containers[0]).toMatchObject({ image: 'i:1', resources: { requests: { cpu: '150m' } } })
})

const withInit = (resizePolicy?: object[]) =>
  stored({
    initContainers: [{ name: 'i', image: 'i:1', resources, ...(resizePolicy ? { resizePolicy } : {}) }],
    containers: [{ name: 'c', image: 'i:1', resources }],
  })
const moreForInit = (pod: Mutable<Pod>) => (pod.spec.initContainers![0]!.resources = { ...resources, requests: { cpu: '150m' } })

test('resize changes init containers, too', () => {
  expect(update(withInit(), moreForInit, 'resize').errors).toEqual([])
})

test('resize cannot restart a container that runs once', () => {
  expect(update(withInit([{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }]), moreForInit, 'resize').errors).toEqual([
    'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
  ])
})

test.each([
  ['resize', 'static pods cannot be resized'],
  ['ephemeralcontainers', 'static pods do not support ephemeral containers'],
])('%s of a static pod is refused as a whole', (subresource, why) => {
  const mirror = { ...plain, metadata: { ...plain.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } } }
  expect(update(mirror, () => {}, subresource).errors).toEqual([`[]: Forbidden: ${why}`])
})

test('an annotation that is wrong is found twice: in the pod, and in the change of it', () => {
  const cost = 'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "x": must be a 32bit integer'
  const { errors } = update(plain, (pod) => (pod.metadata.annotations = { 'controller.kubernetes.io/pod-deletion-cost': 'x' }))
  expect(errors).toEqual([cost, cost])
})

test('resize keeps the quality of service, and what was asked for', () => {
  const { errors } = update(sized, (pod) => (pod.spec.containers[0]!.resources = {}), 'resize')
  expect(errors).toEqual([
    'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
    'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
  ])
})

test('resize keeps the resources of the pod as a whole', () => {
  const whole = stored({ resources, containers: [{ name: 'c', image: 'i:1' }] })
  const { errors } = update(whole, (pod) => (pod.spec.resources = { requests: { cpu: '100m' } }), 'resize')
  expect(errors).toEqual(['spec.resources.limits: Forbidden: pod-level resource limits cannot be removed'])
  expect(update(whole, (pod) => (pod.spec.resources = { ...resources, limits: { cpu: '300m' } }), 'resize').errors).toEqual([])
})

test('ephemeral containers are added, not changed', () => {
  const added = update(plain, (pod) => (pod.spec.ephemeralContainers = [{ name: 'e', image: 'x:1' }]), 'ephemeralcontainers')
  expect(added.errors).toEqual([])
  const { errors } = update(added.pod, (pod) => (pod.spec.ephemeralContainers![0]!.image = 'x:2'), 'ephemeralcontainers')
  expect(errors).toHaveLength(1)
  expect(errors[0]).toContain('existing ephemeral containers "e" may not be changed\n@@ -1,6 +1,6 @@')
})

const ended = { name: 'c', image: 'i', imageID: 'x', ready: false, restartCount: 0, state: { terminated: { exitCode: 3 } } }

test.each([
  ['never', { restartPolicy: 'Never' }, 1],
  ['on failure, which it was', { restartPolicy: 'OnFailure' }, 0],
  [
    'never, but for this exit code',
    {
      restartPolicy: 'Never',
      containers: [{ name: 'c', image: 'i', restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [3] } }] }],
    },
    0,
  ],
])('status: a container that restarts %s', (_, spec, count) => {
  const old = { ...stored(spec), status: { ...stored(spec).status, containerStatuses: [ended] } } as unknown as Pod
  const { errors } = update(old, (pod) => (pod.status!.containerStatuses = [{ ...ended, state: { running: {} } }]), 'status')
  expect(errors).toHaveLength(count)
})

test('status: the older address field counts', () => {
  const { pod } = update(plain, (changed) => Object.assign(changed.status!, { podIP: '10.0.0.9', podIPs: [{ ip: '10.0.0.1' }] }), 'status')
  expect(pod.status?.podIPs).toEqual([{ ip: '10.0.0.9' }])
})

test('status: which families two addresses have cannot be said when one is none', () => {
  const { errors } = update(plain, (changed) => Object.assign(changed.status!, { podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: 'x' }] }), 'status')
  expect(errors).toEqual([
    'status.podIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'status.podIPs: Internal error: failed to check for dual stack with error:invalid IP[1]: x',
    'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"x"}]: may specify no more than one IP for each IP family',
  ])
})

test('status: a bound pod is not nominated', () => {
  const { errors } = update(stored({ nodeName: 'a' }), (pod) => (pod.status!.nominatedNodeName = 'b'), 'status')
  expect(errors).toEqual(['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node'])
})

test('status: what is said of a device is said', () => {
  const health = (message: string) => ({
    ...ended,
    allocatedResourcesStatus: [{ name: 'x.io/dev', resources: [{ resourceID: 'd', health: 'Healthy', message }] }],
  })
  const field = 'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].message'
  const old = stored({ containers: [{ name: 'c', image: 'i:1', resources: { requests: { 'x.io/dev': '1' }, limits: { 'x.io/dev': '1' } } }] })
  const report = (message: string) => update(old, (pod) => (pod.status!.containerStatuses = [health(message)] as never), 'status').errors
  expect(report('broken')).toEqual([])
  expect(report('')).toEqual([`${field}: Required value: must be non-empty if specified`])
  expect(report('x'.repeat(1025))).toEqual([`${field}: Too long: may not be more than 1024 bytes`])
})

test('status: fields of features that are off are not stored', () => {
  const { pod } = update(plain, (changed) => (changed.status!.containerStatuses = [{ ...ended, stopSignal: 'SIGTERM' }] as never), 'status')
  expect(pod.status?.containerStatuses?.[0]).toEqual(ended)
})
