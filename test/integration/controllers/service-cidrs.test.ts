// After upstream's test/integration/servicecidr: ranges of Services come and go, and no address is left without one.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Service } from '../../../src/api/core/v1.ts'
import type { New } from '../../../src/api/object.ts'
import { events, serviceCIDRs, services, validatingAdmissionPolicies, validatingAdmissionPolicyBindings } from '../../../src/api/resources.ts'
import { systemClock } from '../../../src/util/clock.ts'
import { eventually } from '../../support/eventually.ts'
import { type ControlPlane, startControlPlane, unlessMissing } from './control-plane.ts'

/** How far the controllers' time is ahead: nobody waits for the grace period of a deletion. */
let aheadMs = 0
let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane(undefined, { ...systemClock, now: () => systemClock.now() + aheadMs })
})
afterAll(() => plane.stop())

const finalizers = ['networking.k8s.io/service-cidr-finalizer']
const ready = { type: 'Ready', status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready', lastTransitionTime: expect.any(String) as string }
const terminating = {
  ...ready,
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
}
const read = (name: string) => unlessMissing(plane.client.get(serviceCIDRs, { name }))

async function create(name: string, ...cidrs: readonly string[]): Promise<void> {
  await plane.client.create(serviceCIDRs, { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name }, spec: { cidrs } })
  await eventually(async () => expect(await read(name)).toMatchObject({ metadata: { finalizers }, status: { conditions: [ready] } }))
}

/** A Service of that cluster IP, as soon as the API server knows of a range that has it. */
async function createService(clusterIP: string): Promise<void> {
  const head = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' } } as const
  await eventually(() => plane.client.create(services, { ...head, spec: { clusterIP, ports: [{ port: 80 }] } } as New<Service>))
}

const isHeld = (name: string) =>
  eventually(async () => expect(await read(name)).toMatchObject({ metadata: { finalizers }, status: { conditions: [terminating] } }))
const isGone = (name: string) => eventually(async () => expect(await read(name)).toBeUndefined())

test('the default one is protected, too', () =>
  eventually(async () => expect(await read('kubernetes')).toMatchObject({ metadata: { finalizers }, status: { conditions: [ready] } })))

test('a range goes when no address is left in it, and at once when another has them', async () => {
  const { client } = plane
  await create('small', '10.77.0.0/24')
  await createService('10.77.0.5')
  await client.delete(serviceCIDRs, { name: 'small' })
  await isHeld('small')
  aheadMs = 10_000
  await create('large', '10.77.0.0/16')
  await isGone('small')

  aheadMs = 0
  await client.delete(serviceCIDRs, { name: 'large' })
  await isHeld('large')
  aheadMs = 10_000
  await client.delete(services, { namespace: 'default', name: 'web' })
  await isGone('large')
})

test('who cannot be called ready gets an event', async () => {
  const { client } = plane
  await create('never-probe', '10.88.0.0/24')
  const head = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: 'never' } }
  const resourceRules = [{ apiGroups: ['networking.k8s.io'], apiVersions: ['v1'], resources: ['servicecidrs/status'], operations: ['UPDATE'] }]
  const spec = { matchConstraints: { resourceRules }, validations: [{ expression: "!object.metadata.name.startsWith('never-')" }] }
  await client.create(validatingAdmissionPolicies, { ...head, kind: 'ValidatingAdmissionPolicy', spec } as never)
  const binding = { policyName: 'never', validationActions: ['Deny'] }
  await client.create(validatingAdmissionPolicyBindings, { ...head, kind: 'ValidatingAdmissionPolicyBinding', spec: binding } as never)
  const probe = () =>
    client.patch(serviceCIDRs, { name: 'never-probe' }, { type: 'merge', patch: { status: { conditions: [] } } }, { subresource: 'status', dryRun: true })
  await eventually(() => expect(probe()).rejects.toThrow(/denied request/))

  const metadata = { name: 'never-ready' }
  await client.create(serviceCIDRs, { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata, spec: { cidrs: ['10.89.0.0/24'] } })
  await eventually(async () => {
    const { items } = await client.list(events, { namespace: 'default', fieldSelector: `involvedObject.name=${metadata.name}` })
    expect(items).toContainEqual(
      expect.objectContaining({
        type: 'Warning',
        reason: 'KubernetesServiceCIDRError',
        message: 'The ServiceCIDR Status can not be set to Ready=True',
        source: { component: 'service-cidr-controller' },
      }),
    )
  })
})
