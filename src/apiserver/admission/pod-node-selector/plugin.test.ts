import { expect, test } from 'vitest'
import type { Namespace } from '../../../api/core/v1.ts'
import { attributesFor } from '../fake/attributes.ts'
import { newPodNodeSelector } from './plugin.ts'

type Labels = Record<string, string>
interface Case {
  readonly annotation?: string
  readonly cluster?: Labels
  readonly own?: Labels
}

function admit({ annotation, cluster = {}, own }: Case): Labels | undefined {
  const annotations = annotation === undefined ? {} : { 'scheduler.alpha.kubernetes.io/node-selector': annotation }
  const plugin = newPodNodeSelector({ get: () => ({ metadata: { name: 'ns', annotations } }) as unknown as Namespace }, new Map(Object.entries(cluster)))
  const pod: { metadata: object; spec: { nodeSelector?: Labels } } = { metadata: { name: 'p' }, spec: own ? { nodeSelector: own } : {} }
  const attributes = attributesFor('pods', { object: pod })
  void plugin.admit!(attributes)
  void plugin.validate!(attributes)
  return pod.spec.nodeSelector
}

test.each<[string, Case, Labels | undefined]>([
  ['nothing said', {}, undefined],
  ['the annotation', { annotation: 'a=b, c = d' }, { a: 'b', c: 'd' }],
  ['the default of the cluster', { cluster: { clusterDefaultNodeSelector: 'a=b' } }, { a: 'b' }],
  ['an empty annotation is a choice', { annotation: '', cluster: { clusterDefaultNodeSelector: 'a=b' } }, undefined],
  ['beside what the pod wants', { annotation: 'a=b', own: { x: 'y' } }, { a: 'b', x: 'y' }],
  ['within what the cluster allows the namespace', { own: { x: 'y' }, cluster: { ns: 'x=y,a=b' } }, { x: 'y' }],
])('%s', (_, input, selector) => {
  expect(admit(input)).toEqual(selector)
})

test.each<[string, Case, string]>([
  ['another value', { annotation: 'a=b', own: { a: 'c' } }, 'pods "p" is forbidden: pod node label selector conflicts with its namespace node label selector'],
  ['not allowed', { own: { z: '1' }, cluster: { ns: 'x=y' } }, 'pods "p" is forbidden: pod node label selector labels conflict with its namespace whitelist'],
  ['no selector', { annotation: 'a' }, 'invalid selector: [a]'],
  ['no label', { annotation: '-=b' }, 'Invalid value: "-"'],
])('%s', (_, input, why) => {
  expect(() => admit(input)).toThrow(why)
})
