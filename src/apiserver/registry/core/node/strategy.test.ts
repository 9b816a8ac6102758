// Expectations: pkg/apis/core/validation/validation.go (ValidateNode, ValidateNodeUpdate), pkg/registry/core/node/strategy.go.
import { expect, test } from 'vitest'
import type { Node } from '../../../../api/core/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { nodeStrategy as strategy } from './strategy.ts'

const context = {} as never
const node = (given: object): Node => ({ metadata: { name: 'n' }, ...given }) as unknown as Node
const onCreate = (given: object) => strategy.validate!(context, node(given)).map(fieldErrorMessage)
const featureForm =
  "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes"
const annotated = (key: string, value: string) => ({ metadata: { name: 'n', annotations: { [`scheduler.alpha.kubernetes.io/${key}`]: value } } })
const [taints, avoid] = ['scheduler.alpha.kubernetes.io/taints', 'scheduler.alpha.kubernetes.io/preferAvoidPods']

test.each<[why: string, given: object, expected: readonly string[]]>([
  ['features are in order', { status: { declaredFeatures: ['A', 'B', 'B/sub'] } }, []],
  [
    'and named once',
    { status: { declaredFeatures: ['B', 'A', 'A'] } },
    ['status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically', 'status.declaredFeatures[2]: Duplicate value: "A"'],
  ],
  [
    'in upper camel case',
    { status: { declaredFeatures: ['a'] } },
    [`status.declaredFeatures[0]: Invalid value: "a": invalid feature name "a": ${featureForm}`],
  ],
  [
    'swap is more than none',
    { status: { nodeInfo: { swap: { capacity: 0 } } } },
    ['metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero'],
  ],
  ['old taints are read', annotated('taints', '[{"key":"a"}]'), [`metadata.annotations.${taints}[0].effect: Required value`]],
  [
    'if they can be',
    annotated('taints', '{}'),
    [`metadata.annotations: Invalid value: "${taints}": json: cannot unmarshal object into Go value of type []core.Taint`],
  ],
  [
    'whose pods to avoid',
    annotated('preferAvoidPods', '{"preferAvoidPods":[{},{"podSignature":{"podController":{"kind":"x"}}}]}'),
    [
      `metadata.annotations.${avoid}[0].PodSignature: Required value`,
      `metadata.annotations.${avoid}[1].PodSignature.PodController.Controller: Invalid value: false: must point to a controller`,
    ],
  ],
  [
    'one CIDR of each family',
    { spec: { podCIDRs: ['10.0.0.0/24', '10.0.0.0/24'] } },
    ['spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.0.0/24"]: may specify no more than one CIDR for each IP family'],
  ],
  [
    'two CIDRs of which one is none',
    { spec: { podCIDRs: ['10.0.0.0/24', 'x:y'] } },
    [
      'spec.podCIDRs[1]: Invalid value: "x:y": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[1]: <nil> (invalid CIDR address: x:y)',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","x:y"]: may specify no more than one CIDR for each IP family',
    ],
  ],
  [
    'an IPv4 CIDR written as IPv6 is IPv4',
    { spec: { podCIDRs: ['10.0.0.0/24', '::ffff:10.1.0.0/120'] } },
    [
      'spec.podCIDRs[1]: Invalid value: "::ffff:10.1.0.0/120": must not have an IPv4-mapped IPv6 address',
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","::ffff:10.1.0.0/120"]: may specify no more than one CIDR for each IP family',
    ],
  ],
])('%s', (_, given, expected) => expect(onCreate(given)).toEqual(expected))

test('an update is checked as a whole and as a change: an error of both is listed twice', () => {
  const bad = node({ spec: { taints: [{ key: 'a' }], podCIDRs: ['10.0.1.0/24'] } })
  const old = node({ spec: { podCIDRs: ['10.0.0.0/24'] } })
  const taint = 'metadata.taints[0].effect: Required value'
  const moved = 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'
  expect(strategy.validateUpdate!(context, bad, old).map(fieldErrorMessage)).toEqual([taint, moved, taint])
  expect(strategy.subresources!['status']!.validateUpdate!(context, bad, old).map(fieldErrorMessage)).toEqual([moved, taint])
})

test("an image without names has null for them, as it comes back from upstream's store", () => {
  const reported = node({ status: { images: [{ names: [] }, { names: ['a:1'] }, {}] } }) as Mutable<Node>
  strategy.canonicalize!(reported)
  expect(reported.status?.images).toEqual([{ names: null }, { names: ['a:1'] }, {}])
})
