import { expect, test } from 'vitest'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { MetricsRegistry } from '../../../component-base/metrics/registry.ts'
import { FakeClock } from '../../../util/fake/clock.ts'
import type { AdmissionPlugin, MutatingAttributes } from '../../admission/admission.ts'
import { newAdmissionMetrics } from '../../metrics/admission-metrics.ts'
import { AdmissionChain } from './admission-chain.ts'

const deployment = (replicas: number) =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'ns', uid: 'u', resourceVersion: '7' },
    spec: { replicas, selector: { matchLabels: { app: 'x' } }, template: {} },
    status: { replicas: 1 },
  }) as unknown as Mutable<KubeObject>

const attributes = (object: Mutable<KubeObject>, subresource: string) =>
  ({
    operation: 'UPDATE',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', plural: 'deployments' },
    subresource,
    object,
    oldObject: deployment(1),
  }) as unknown as MutatingAttributes

test('who scales is seen to write a Scale, and plugins that change it change the replicas', async () => {
  const seen: unknown[] = []
  const plugin: AdmissionPlugin = {
    name: 'AtMostThree',
    handles: () => true,
    admit({ object }) {
      const scale = object as unknown as { spec: { replicas: number } }
      scale.spec.replicas = Math.min(scale.spec.replicas, 3)
    },
    validate: ({ kind, resource, object, oldObject }) => void seen.push(kind, resource.plural, object, (oldObject as unknown as { spec: object }).spec),
  }
  const chain = new AdmissionChain([plugin], { clock: new FakeClock() })
  const object = deployment(5)
  await chain.admit(attributes(object, 'scale'))
  expect(object).toEqual(deployment(3))
  await chain.validate(attributes(object, 'scale'))
  expect(seen).toEqual([
    { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    'deployments',
    {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'd', namespace: 'ns', uid: 'u', resourceVersion: '7' },
      spec: { replicas: 3 },
      status: { replicas: 1, selector: 'app=x' },
    },
    { replicas: 1 },
  ])
})

test('whoever writes the object itself is seen to write that', async () => {
  const kinds: string[] = []
  const plugin: AdmissionPlugin = { name: 'X', handles: () => true, validate: ({ kind }) => void kinds.push(kind.kind) }
  await new AdmissionChain([plugin], { clock: new FakeClock() }).validate(attributes(deployment(1), ''))
  expect(kinds).toEqual(['Deployment'])
})

test('how long each plugin takes, and all of them, by what comes of it', async () => {
  const clock = new FakeClock()
  const registry = new MetricsRegistry()
  const taking = (name: string, ms: number, refuses = false): AdmissionPlugin => ({
    name,
    handles: (operation) => operation === 'UPDATE',
    async validate() {
      await clock.advance(ms)
      if (refuses) throw new Error('no')
    },
  })
  const chain = new AdmissionChain([taking('quick', 1), taking('slow', 100, true), taking('never', 1)], { clock, observer: newAdmissionMetrics(registry) })
  await expect(chain.validate(attributes(deployment(1), ''))).rejects.toThrow('no')
  const text = registry.text()
  const sum = (name: string, of: string, rejected: boolean) =>
    `apiserver_admission_${name}_admission_duration_seconds_sum{${of}operation="UPDATE",rejected="${rejected}",type="validate"}`
  expect(text).toContain(`${sum('controller', 'name="quick",', false)} 0.001`)
  expect(text).toContain(`${sum('controller', 'name="slow",', true)} 0.1`)
  expect(text).toContain(`${sum('controller', 'name="never",', false)} 0\n`)
  expect(text).toContain(`${sum('step', '', true)} 0.101`)
})
