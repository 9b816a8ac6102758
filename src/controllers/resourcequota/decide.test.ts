import { expect, test } from 'vitest'
import type { ResourceQuota } from '../../api/core/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { evaluatorFor } from '../../api/quota/evaluators.ts'
import { decide, usesOtherwise } from './decide.ts'

const podEvaluator = evaluatorFor({ group: '', plural: 'pods' })!
const secretEvaluator = evaluatorFor({ group: '', plural: 'secrets' })!

const quota = (hard: Record<string, string>, spec: object = {}, status?: object) =>
  ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard, ...spec }, status }) as unknown as ResourceQuota

const pod = (requests: Record<string, string> = {}, { phase = 'Running', spec = {} }: { phase?: string; spec?: object } = {}) =>
  ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', resources: { requests } }], ...spec }, status: { phase } }) as unknown as KubeObject

const secret = { metadata: { name: 's' } } as unknown as KubeObject
const hard = { pods: '5', 'requests.cpu': '2', secrets: '9', 'count/secrets': '9' }

for (const { name, given, pods = [], secrets = [], expected } of [
  { name: 'nothing there: zeros', given: quota(hard), expected: { pods: '0', 'requests.cpu': '0', secrets: '0', 'count/secrets': '0' } },
  {
    name: 'pods and secrets add up',
    given: quota(hard),
    pods: [pod({ cpu: '500m' }), pod({ cpu: '1' })],
    secrets: [secret],
    expected: { pods: '2', 'requests.cpu': '1500m', secrets: '1', 'count/secrets': '1' },
  },
  {
    name: 'an ended pod uses nothing, and is still an object',
    given: quota({ pods: '5', 'count/pods': '5' }),
    pods: [pod({}, { phase: 'Succeeded' })],
    expected: { pods: '0', 'count/pods': '1' },
  },
  {
    name: 'scope: only pods without requests',
    given: quota({ pods: '5' }, { scopes: ['BestEffort'] }),
    pods: [pod(), pod({ cpu: '1' })],
    expected: { pods: '1' },
  },
  {
    name: 'scope: only pods with a deadline',
    given: quota({ pods: '5' }, { scopes: ['Terminating'] }),
    pods: [pod(), pod({}, { spec: { activeDeadlineSeconds: 9 } })],
    expected: { pods: '1' },
  },
  {
    name: 'scope: priority classes',
    given: quota({ pods: '5' }, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } }),
    pods: [pod({}, { spec: { priorityClassName: 'high' } }), pod({}, { spec: { priorityClassName: 'low' } }), pod()],
    expected: { pods: '1' },
  },
  {
    name: 'unknown names stay as they were',
    given: quota({ pods: '5', 'example.com/x': '1' }, {}, { hard: {}, used: { 'example.com/x': '1', gone: '2' } }),
    expected: { pods: '0', 'example.com/x': '1' },
  },
]) {
  test(name, () => {
    const counted = [
      { evaluator: podEvaluator, objects: pods },
      { evaluator: secretEvaluator, objects: secrets },
    ]
    const status = decide(given, counted, 0)
    expect(status).toEqual({ hard: given.spec?.hard, used: expected })
    expect(decide({ ...given, status: status! }, counted, 0)).toBeUndefined()
  })
}

for (const { name, before, after, quotas = [], expected } of [
  { name: 'ready or not: the same', before: pod(), after: pod(), expected: false },
  { name: 'ended', before: pod({ cpu: '1' }), after: pod({ cpu: '1' }, { phase: 'Failed' }), expected: true },
  { name: 'resized', before: pod({ cpu: '1' }), after: pod({ cpu: '2' }), expected: true },
  { name: 'gets a deadline, which no quota asks about', before: pod(), after: pod({}, { spec: { activeDeadlineSeconds: 1 } }), expected: false },
  {
    name: 'gets a deadline',
    before: pod(),
    after: pod({}, { spec: { activeDeadlineSeconds: 1 } }),
    quotas: [quota({}, { scopes: ['Terminating'] })],
    expected: true,
  },
]) {
  test(`a changed pod: ${name}`, () => expect(usesOtherwise(podEvaluator, quotas, before, after, 0)).toBe(expected))
}
