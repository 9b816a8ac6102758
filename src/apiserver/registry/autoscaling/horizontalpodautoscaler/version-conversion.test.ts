import { expect, test } from 'vitest'
import type { HorizontalPodAutoscaler } from '../../../../api/autoscaling/v2.ts'
import type { KubeObject, Mutable } from '../../../../api/object.ts'
import { horizontalPodAutoscalerConversion } from './version-conversion.ts'

const toStored = (object: Mutable<KubeObject>) => horizontalPodAutoscalerConversion.toStored(object)
const fromStored = (object: KubeObject) => horizontalPodAutoscalerConversion.fromStored(object)

const newAutoscaler = (rest: object): HorizontalPodAutoscaler =>
  ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', namespace: 'n' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }, minReplicas: 1, maxReplicas: 3 },
    status: { currentReplicas: 1, desiredReplicas: 2 },
    ...rest,
  }) as HorizontalPodAutoscaler

const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }
const rich = newAutoscaler({
  spec: {
    scaleTargetRef,
    minReplicas: 1,
    maxReplicas: 3,
    metrics: [
      { type: 'Pods', pods: { metric: { name: 'qps', selector: { matchLabels: { a: 'b' } } }, target: { type: 'AverageValue', averageValue: '10' } } },
      { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
      { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 50 } } },
      { type: 'Object', object: { describedObject: { kind: 'Service', name: 's' }, target: { type: 'Value', value: '5' }, metric: { name: 'hits' } } },
      { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '30' } } },
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
    ],
    behavior: { scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] } },
  },
  status: {
    currentReplicas: 1,
    desiredReplicas: 2,
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '100m', averageUtilization: 40 } } },
      { type: 'Pods', pods: { metric: { name: 'qps' }, current: { averageValue: '9' } } },
    ],
    conditions: [{ type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  },
})

test('v1 shows the CPU share as a field and the rest in annotations', () => {
  const { spec, status, metadata } = fromStored(rich) as unknown as { spec: object; status: object; metadata: { annotations: Record<string, string> } }
  expect(spec).toEqual({ scaleTargetRef, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 70 })
  expect(status).toEqual({ currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 40 })
  const { annotations } = metadata
  expect(JSON.parse(annotations['autoscaling.alpha.kubernetes.io/metrics']!)[1]).toEqual({
    type: 'Resource',
    resource: { name: 'memory', targetAverageValue: '1Gi' },
  })
  expect(annotations['autoscaling.alpha.kubernetes.io/behavior']).toBe(
    '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":null,"Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":null}',
  )
})

test('nothing is lost on the way through v1', () => {
  const back = toStored(structuredClone(fromStored(rich)) as Mutable<KubeObject>)
  expect(back).toEqual(rich)
})

test.each(['not json', '{"a":1}', '[{"type":5}]'])('an annotation that says %s says nothing', (text) => {
  const annotations = { 'autoscaling.alpha.kubernetes.io/metrics': text, other: 'x' }
  const v1 = { ...fromStored(newAutoscaler({})), metadata: { name: 'h', namespace: 'n', annotations } } as unknown as Mutable<KubeObject>
  expect(toStored(v1)).toEqual(newAutoscaler({ metadata: { name: 'h', namespace: 'n', annotations: { other: 'x' } } }))
})
