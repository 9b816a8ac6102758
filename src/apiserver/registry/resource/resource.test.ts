// Expectations: pkg/apis/resource/validation/validation.go, pkg/registry/resource/resourceclaim/strategy.go.
import { expect, test } from 'vitest'
import type { Namespace } from '../../../api/core/v1.ts'
import type { ResourceClaim, ResourceSlice } from '../../../api/resource/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { fieldErrorMessage } from '../../../apimachinery/field-errors.ts'
import { alwaysAllow } from '../../authz/authorizer.ts'
import { newResourceClaimStrategy } from './resourceclaim/strategy.ts'
import { resourceSliceStrategy } from './resourceslice/strategy.ts'

const context = { clock: { now: () => 0 } } as never
const slice = (spec: object): Mutable<ResourceSlice> =>
  ({
    metadata: { name: 's' },
    spec: { driver: 'd.io', pool: { name: 'p', resourceSliceCount: 1 }, nodeName: 'n', ...spec },
  }) as unknown as Mutable<ResourceSlice>
const ofSlice = (spec: object) => resourceSliceStrategy.validate!(context, slice(spec)).map(fieldErrorMessage)
const ofDevice = (device: object) => ofSlice({ devices: [{ name: 'd', ...device }] }).map((text) => text.replace('spec.devices[0]', 'd'))
const counters = { memory: { value: '1Gi' } }
const shared = (value: string, requestPolicy: object) => ({ allowMultipleAllocations: true, capacity: { m: { value, requestPolicy } } })
const policy = 'd.capacity[m].requestPolicy'
const perDevice = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec'

test.each<[why: string, spec: object, expected: readonly string[]]>([
  [
    'a choice is made by naming something',
    { nodeName: '' },
    [
      'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  ],
  ['or by true', { allNodes: false }, ['spec.allNodes: Invalid value: false: must be either unset or set to true']],
  ...[undefined, []].map((nodeSelectorTerms): [string, object, readonly string[]] => [
    `one term: ${JSON.stringify(nodeSelectorTerms)}`,
    { nodeName: undefined, nodeSelector: { nodeSelectorTerms } },
    [
      'spec.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term',
      `spec.nodeSelector.nodeSelectorTerms: Invalid value: ${JSON.stringify(nodeSelectorTerms) ?? 'null'}: must have exactly one node selector term`,
    ],
  ]),
  ['a driver is written in any case', { driver: 'D.io' }, []],
  ['names of devices are unique', { devices: [{ name: 'd' }, { name: 'd' }] }, ['spec.devices[1]: Duplicate value: "d"']],
  ['128 devices', { devices: Array.from({ length: 129 }, (_, i) => ({ name: `d${i}` })) }, ['spec.devices: Too many: 129: must have at most 128 items']],
  [
    'or half as many with taints',
    { devices: Array.from({ length: 65 }, (_, i) => ({ name: `d${i}`, taints: [{ key: 'k', effect: 'None' }] })) },
    ['spec.devices: Too many: 65: must have at most 64 items'],
  ],
  [
    'sets of counters',
    {
      sharedCounters: [
        { name: 'a', counters },
        { name: 'a', counters },
      ],
    },
    ['spec.sharedCounters[1]: Duplicate value: "a"'],
  ],
  [
    'have some',
    { sharedCounters: [{ name: '', counters: {} }] },
    ['spec.sharedCounters[0].name: Required value', 'spec.sharedCounters[0].counters: Required value'],
  ],
  [
    'devices and what they share are in different slices',
    { devices: [{ name: 'd' }], sharedCounters: [{ name: 'a', counters }] },
    ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
  ],
  [
    'each device for itself',
    { nodeName: undefined, perDeviceNodeSelection: true, devices: [{ name: 'd' }] },
    [`spec.devices[0]: Required value: ${perDevice}`],
  ],
  [
    'but in one way',
    { nodeName: undefined, perDeviceNodeSelection: true, devices: [{ name: 'd', nodeName: 'n', allNodes: true }] },
    [`spec.devices[0]: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${perDevice}`],
  ],
])('slice: %s', (_, spec, expected) => expect(ofSlice(spec)).toEqual(expected))

test.each<[why: string, device: object, expected: readonly string[]]>([
  [
    'not for itself where the slice says it',
    { nodeName: 'n' },
    ['d: Invalid value: null: `nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec'],
  ],
  ['an attribute has one value', { attributes: { a: {} } }, ['d.attributes[a]: Invalid value: "": exactly one value must be specified']],
  ['a domain comes before a slash', { attributes: { '/a': { int: 1 } } }, ['d.attributes: Invalid value: "": the domain must not be empty']],
  [
    'it consumes counters of two sets',
    {
      consumesCounters: [
        { counterSet: 'a', counters },
        { counterSet: 'b', counters },
        { counterSet: 'c', counters },
      ],
    },
    ['d.consumesCounters: Too many: 3: must have at most 2 items'],
  ],
  [
    'only what is shared has a policy',
    { capacity: { m: { value: '1Gi', requestPolicy: {} } } },
    [`${policy}: Forbidden: allowMultipleAllocations must be true`],
  ],
  [
    'a policy is one of two',
    shared('10', { default: '1', validValues: ['1'], validRange: { min: '1' } }),
    [`${policy}: Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time`],
  ],
  ['and has a default', shared('10', { validValues: ['1'] }), [`${policy}.default: Required value: required when validValues is defined`]],
  [
    'that is one of the values',
    shared('10', { default: '3', validValues: ['2', '1', '11'] }),
    [
      `${policy}.validValues[1]: Invalid value: "1": values must be sorted in ascending order`,
      `${policy}.validValues[2]: Invalid value: "11": option is larger than capacity value: 10`,
      `${policy}.validValues: Invalid value: "3": default value is not valid according to the requestPolicy`,
    ],
  ],
  [
    'or in the range',
    shared('10', { default: '1', validRange: { min: '2', max: '12' } }),
    [
      `${policy}.validRange.min: Invalid value: "1": default is less than min: 2`,
      `${policy}.validRange.max: Invalid value: "12": max is larger than capacity value: 10`,
    ],
  ],
  [
    'on a step',
    shared('10', { default: '5', validRange: { min: '2', max: '8', step: '2' } }),
    [`${policy}.validRange.step: Invalid value: "5": value is not a multiple of a given step (2) from (2)`],
  ],
  [
    'a step goes up',
    shared('10', { default: '2', validRange: { min: '2', step: '0' } }),
    [`${policy}.validRange.step: Invalid value: "0": must be greater than zero`],
  ],
  [
    'conditions of binding come in pairs',
    { bindingConditions: ['a', 'a'] },
    [
      'd.bindingConditions[1]: Duplicate value: "a"',
      'd.bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
    ],
  ],
  [
    'that do not overlap',
    { bindingConditions: ['a'], bindingFailureConditions: ['a'] },
    ['d.bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions'],
  ],
])('device: %s', (_, device, expected) => expect(ofDevice(device)).toEqual(expected))

test('what a stored device has may stay', () => {
  const stored = slice({ devices: [{ name: 'd', capacity: { m: { value: '1', requestPolicy: {} } } }] })
  expect(resourceSliceStrategy.validateUpdate!(context, stored, stored)).toEqual([])
})

test('lists of values are a feature that is off', () => {
  const made = slice({ devices: [{ name: 'd', attributes: { a: { ints: [1] } } }] })
  resourceSliceStrategy.prepareForCreate!(context, made)
  expect(made.spec.devices).toEqual([{ name: 'd', attributes: { a: {} } }])
})

const claim = (status: object): Mutable<ResourceClaim> =>
  ({
    metadata: { name: 'c', labels: { a: 'b' } },
    spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'x' } }] } },
    status,
  }) as unknown as Mutable<ResourceClaim>
const result = { request: 'r', driver: 'd.io', pool: 'p', device: 'd' }
const allocation = { devices: { results: [result] } }
const status = newResourceClaimStrategy({ get: () => undefined }, alwaysAllow).subresources!['status']!
const ofStatus = (now: object, old: object = {}) => status.validateUpdate!(context, claim(now), claim(old)).map(fieldErrorMessage)
const own = { driver: 'd.io', pool: 'p', device: 'd' }

test.each<[why: string, now: object, old: object, expected: readonly string[]]>([
  ['an allocation', { allocation }, {}, []],
  [
    'of a request that has the form of a name',
    { allocation: { devices: { results: [{ ...result, request: 'r/x/y' }] } } },
    {},
    [
      'status.allocation.devices.results[0].request: Invalid value: "r/x/y": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
    ],
  ],
  [
    'its share',
    { allocation: { devices: { results: [{ ...result, shareID: 'x' }] } } },
    {},
    ['status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1'],
  ],
  [
    'its configuration',
    { allocation: { devices: { results: [result], config: [{ source: 'X', requests: ['r'] }] } } },
    {},
    [
      'status.allocation.devices.config[0].source: Unsupported value: "X": supported values: "FromClaim", "FromClass"',
      'status.allocation.devices.config[0].opaque: Required value',
    ],
  ],
  [
    'users are known by uid',
    {
      allocation,
      reservedFor: [
        { resource: 'pods', name: 'a', uid: 'u' },
        { resource: 'pods', name: 'b', uid: 'u' },
      ],
    },
    { allocation },
    ['status.reservedFor[1]: Duplicate value: "u"'],
  ],
  [
    'conditions of a device',
    { allocation, devices: [{ ...own, conditions: [{ type: 'A', status: 'X', reason: 'R', lastTransitionTime: 't' }] }] },
    { allocation },
    ['status.devices[0].conditions[0].status: Unsupported value: "X": supported values: "False", "True", "Unknown"'],
  ],
  [
    'its data',
    { allocation, devices: [{ ...own, data: [1] }] },
    { allocation },
    ['status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object'],
  ],
])('status: %s', (_, now, old, expected) => expect(ofStatus(now, old)).toEqual(expected))

test('status: what is said of a device goes with its allocation; metadata stay', () => {
  const old = claim({ allocation, devices: [own] })
  const now = claim({ devices: [own] })
  now.metadata.labels = {}
  status.prepareForUpdate!(context, now, old as ResourceClaim)
  expect([now.status, now.metadata.labels]).toEqual([{}, { a: 'b' }])
})

const adminField = 'status.allocation.devices.results[1].adminAccess'
test.each<[why: string, labels: { readonly [name: string]: string } | undefined, granted: boolean, expected: readonly string[]]>([
  ['in a namespace that allows it', { 'resource.kubernetes.io/admin-access': 'true' }, false, []],
  [
    'in another one',
    { 'resource.kubernetes.io/admin-access': 'True' },
    false,
    [`${adminField}: Forbidden: admin access to devices requires the \`resource.kubernetes.io/admin-access: true\` label on the containing namespace`],
  ],
  ['in none', undefined, false, [`${adminField}: Internal error: could not retrieve namespace to verify admin access: namespaces "n" not found`]],
  ['granted already', {}, true, []],
])('status: admin access %s', (_, labels, granted, expected) => {
  const namespace = labels && ({ metadata: { name: 'n', labels } } as unknown as Namespace)
  const { validateUpdate } = newResourceClaimStrategy({ get: () => namespace }, alwaysAllow).subresources!['status']!
  const results = [result, { ...result, device: 'e', adminAccess: true }]
  const now = { ...claim({ allocation: { devices: { results } } }), metadata: { name: 'c', namespace: 'n' } } as unknown as ResourceClaim
  const old = granted ? now : claim({})
  expect(validateUpdate!(context, now, old as ResourceClaim).map(fieldErrorMessage)).toEqual(expected)
})
