import { expect, test } from 'vitest'
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec } from '../../../../api/autoscaling/v2.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { horizontalPodAutoscalerDefaults } from './defaults.ts'
import { validateHorizontalPodAutoscaler } from './validation.ts'

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }

function newAutoscaler(spec: Partial<HorizontalPodAutoscalerSpec>): HorizontalPodAutoscaler {
  const autoscaler = {
    metadata: { name: 'h' },
    spec: structuredClone({ scaleTargetRef, maxReplicas: 5, ...spec }),
  } as unknown as Mutable<HorizontalPodAutoscaler>
  horizontalPodAutoscalerDefaults(autoscaler)
  return autoscaler
}

const cpu = { type: 'Utilization', averageUtilization: 70 }

test.each<[string, Partial<HorizontalPodAutoscalerSpec>, readonly string[]]>([
  ['plain', {}, []],
  [
    'no room',
    { maxReplicas: 0 },
    ['spec.maxReplicas: Required value: must be set and greater than 0', 'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`'],
  ],
  [
    'to nothing',
    { minReplicas: 0 },
    [
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ],
  ],
  [
    'a target without group',
    { scaleTargetRef: { ...scaleTargetRef, apiVersion: 'v1' } },
    ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
  ],
  ['the target that has none', { scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: 'c' } }, []],
  [
    'a metric of another type',
    { metrics: [{ type: 'Pods', resource: { name: 'cpu', target: cpu } }] },
    ['spec.metrics[0].pods: Required value: must populate information for the given metric source'],
  ],
  [
    'two sources',
    { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: cpu }, pods: { metric: { name: '' }, target: { type: '' } } }] },
    [
      // Only the first source is looked into.
      'spec.metrics[0].pods.metric.name: Required value: must specify a metric name',
      'spec.metrics[0].pods.target.type: Required value: must specify a metric target type',
      'spec.metrics[0].pods.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
      'spec.metrics[0].pods: Forbidden: must populate the given metric source only',
    ],
  ],
  [
    'behavior',
    { behavior: { scaleDown: { stabilizationWindowSeconds: 3601, selectPolicy: 'Avg', tolerance: '-0.1' } } },
    [
      'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleDown.selectPolicy: Unsupported value: "Avg": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleDown.tolerance: Invalid value: "-100m": must be greater than or equal to 0',
    ],
  ],
])('%s', (_, spec, expected) => expect(validateHorizontalPodAutoscaler(newAutoscaler(spec)).map(fieldErrorMessage)).toEqual(expected))

test('what is stored may stay as it is', () => {
  const old = newAutoscaler({ scaleTargetRef: { ...scaleTargetRef, apiVersion: '' } })
  expect(validateHorizontalPodAutoscaler(old)).toHaveLength(1)
  expect(validateHorizontalPodAutoscaler(old, old)).toEqual([])
})

test('behavior that is set partly is filled up', () => {
  const { behavior } = newAutoscaler({ behavior: { scaleUp: { selectPolicy: 'Min' } } }).spec
  expect(behavior?.scaleUp).toMatchObject({ selectPolicy: 'Min', stabilizationWindowSeconds: 0, policies: [{ type: 'Pods' }, { type: 'Percent' }] })
  expect(behavior?.scaleDown).toEqual({ selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] })
})
