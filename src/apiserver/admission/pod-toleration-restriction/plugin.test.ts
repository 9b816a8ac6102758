import { describe, expect, test } from 'vitest'
import type { Namespace, Toleration } from '../../../api/core/v1.ts'
import { attributesFor } from '../fake/attributes.ts'
import { mergeTolerations } from '../tolerations.ts'
import type { PodTolerationRestrictionConfiguration } from './configuration.ts'
import { newPodTolerationRestriction } from './plugin.ts'

const exists = (key: string, effect?: Toleration['effect']): Toleration => ({ key, operator: 'Exists', ...(effect ? { effect } : {}) })
const equal = (key: string, value: string): Toleration => ({ key, operator: 'Equal', value })
const defaultsKey = 'scheduler.alpha.kubernetes.io/defaultTolerations'
const whitelistKey = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist'

interface Case {
  readonly annotations?: Record<string, string>
  readonly configuration?: PodTolerationRestrictionConfiguration
  readonly own?: Toleration[]
  readonly requests?: Record<string, string>
  readonly operation?: string
}

function admit({ annotations = {}, configuration = {}, own, requests, operation = 'CREATE' }: Case) {
  const namespace = { metadata: { name: 'ns', annotations } } as unknown as Namespace
  const plugin = newPodTolerationRestriction({ get: () => namespace }, configuration)
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', resources: { requests } }], ...(own ? { tolerations: own } : {}) } }
  const attributes = attributesFor('pods', { object: pod, operation })
  void plugin.admit!(attributes)
  void plugin.validate!(attributes)
  return (pod.spec as { tolerations?: Toleration[] }).tolerations
}

const pressure = exists('node.kubernetes.io/memory-pressure', 'NoSchedule')
const annotated = (key: string, ...tolerations: Toleration[]) => ({ [key]: JSON.stringify(tolerations) })

test.each<[string, Case, Toleration[] | undefined]>([
  ['nothing said, nothing done', {}, undefined],
  ['the namespace gives its own', { annotations: annotated(defaultsKey, exists('a')) }, [exists('a')]],
  ['the namespace before the cluster', { annotations: annotated(defaultsKey, exists('a')), configuration: { default: [exists('b')] } }, [exists('a')]],
  ['the cluster where the namespace is silent', { configuration: { default: [exists('b')] } }, [exists('b')]],
  ['an empty annotation says: none', { annotations: { [defaultsKey]: '' }, configuration: { default: [exists('b')] } }, undefined],
  ['those of the pod come first', { annotations: annotated(defaultsKey, exists('a')), own: [exists('z')] }, [exists('z'), exists('a')]],
  ['a wider one replaces a narrower one', { annotations: annotated(defaultsKey, exists('a')), own: [equal('a', 'x')] }, [exists('a')]],
  ['a pod that asks for something bears memory pressure', { requests: { cpu: '1' } }, [pressure]],
  ['an update gets no defaults', { annotations: annotated(defaultsKey, exists('a')), operation: 'UPDATE' }, undefined],
  ['allowed by the whitelist', { annotations: annotated(whitelistKey, exists('a')), own: [equal('a', 'x')] }, [equal('a', 'x')]],
  ['an empty whitelist allows everything', { annotations: { [whitelistKey]: '[]' }, own: [exists('a')] }, [exists('a')]],
])('%s', (_, input, tolerations) => {
  expect(admit(input)).toEqual(tolerations)
})

const conflict = 'pod tolerations (possibly merged with namespace default tolerations) conflict with its'
test.each<[string, Case, string]>([
  ['not on the whitelist of the namespace', { annotations: annotated(whitelistKey, exists('b')), own: [exists('a')] }, `${conflict} namespace whitelist`],
  ['not on that of the cluster', { configuration: { whitelist: [exists('b')] }, own: [exists('a')] }, `${conflict} cluster whitelist`],
  ['also in an update', { configuration: { whitelist: [exists('b')] }, own: [exists('a')], operation: 'UPDATE' }, `${conflict} cluster whitelist`],
  ['an annotation that is no JSON', { annotations: { [defaultsKey]: '{' } }, 'unexpected end of JSON input'],
])('%s', (_, input, why) => {
  expect(() => admit(input)).toThrow(expect.objectContaining({ code: 500, message: expect.stringContaining(why) as string }))
})

describe('merging keeps the widest', () => {
  const noExecute = (seconds?: number): Toleration => ({ ...exists('a', 'NoExecute'), ...(seconds === undefined ? {} : { tolerationSeconds: seconds }) })
  test.each<[string, Toleration[], Toleration[], Toleration[]]>([
    ['equal ones once', [exists('a')], [exists('a')], [exists('a')]],
    ['every key covers one', [exists('a')], [{ operator: 'Exists' }], [{ operator: 'Exists' }]],
    ['every effect covers one', [exists('a', 'NoSchedule')], [exists('a')], [exists('a')]],
    ['for ever covers a while', [noExecute(10)], [noExecute()], [noExecute()]],
    ['a while does not cover for ever', [noExecute()], [noExecute(10)], [noExecute()]],
    ['longer covers shorter', [noExecute(10)], [noExecute(20)], [noExecute(20)]],
    ['other values stay', [equal('a', 'x')], [equal('a', 'y')], [equal('a', 'x'), equal('a', 'y')]],
  ])('%s', (_, first, second, merged) => {
    expect(mergeTolerations(first, second)).toEqual(merged)
  })
})
