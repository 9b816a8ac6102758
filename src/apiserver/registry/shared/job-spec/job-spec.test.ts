import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JobSpec } from '../../../../api/batch/v1.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { countIndexes, overlappingIndex } from './index-intervals.ts'
import { validateJobSpec } from './validate-job-spec.ts'
import { jobSpecWarnings } from './warnings.ts'

const container = { name: 'c', image: 'i', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' } as const
const template = { spec: { containers: [container], restartPolicy: 'Never', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 } } as const
const problems = (spec: Partial<JobSpec>) => validateJobSpec('spec', { template, ...spec }, {}).map(fieldErrorMessage)
const indexed = { completionMode: 'Indexed', completions: 3 } as const
const rule = { action: 'Count', onExitCodes: { operator: 'In', values: [1] } } as const

test.each<[string, Partial<JobSpec>, readonly string[]]>([
  ['plain', {}, []],
  ['negative', { parallelism: -1 }, ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0']],
  ['indexed without completions', { completionMode: 'Indexed' }, ['spec.completions: Required value: when completion mode is Indexed']],
  ['limit per index', { backoffLimitPerIndex: 1 }, ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode']],
  [
    'many completions',
    { ...indexed, completions: 200_000, parallelism: 20_000, backoffLimitPerIndex: 1, maxFailedIndexes: 20_000 },
    [
      'spec.parallelism: Invalid value: 20000: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      'spec.maxFailedIndexes: Invalid value: 20000: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
    ],
  ],
  ['managed by', { managedBy: 'x' }, ['spec.managedBy: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")']],
  [
    'failure policy without action',
    { podFailurePolicy: { rules: [{ ...rule, action: '' as never }] } },
    ['spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
  ],
  [
    'failure policy about nothing',
    { podFailurePolicy: { rules: [{ action: 'Count' }] } },
    ['spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
  ],
  [
    'exit codes',
    { podFailurePolicy: { rules: [{ action: 'Count', onExitCodes: { operator: 'In', values: [2, 0, 2], containerName: 'x' } }] } },
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,0,2]: must be ordered',
    ],
  ],
  [
    'no exit codes',
    {
      podFailurePolicy: {
        rules: [
          { action: 'Count', onExitCodes: { operator: 'In' } as never },
          { action: 'Count', onExitCodes: { operator: 'In', values: [] } },
        ],
      },
    },
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: null: at least one value is required',
      'spec.podFailurePolicy.rules[1].onExitCodes.values: Invalid value: []: at least one value is required',
    ],
  ],
  [
    'success policy of a plain Job',
    { successPolicy: { rules: [{ succeededCount: 1 }] } },
    ['spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode'],
  ],
  [
    'success policy',
    { ...indexed, successPolicy: { rules: [{}, { succeededIndexes: '0-1', succeededCount: 4 }, { succeededIndexes: '7' }] } },
    [
      'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
      'spec.successPolicy.rules[1].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
      'spec.successPolicy.rules[1].succeededCount: Invalid value: 4: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
      'spec.successPolicy.rules[2].succeededIndexes: Invalid value: "7": error parsing succeededIndexes: too large index: "7"',
    ],
  ],
  [
    'replacement',
    { podFailurePolicy: { rules: [rule] }, podReplacementPolicy: 'TerminatingOrFailed' },
    ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
  ],
])('%s', (_, spec, expected) => expect(problems(spec)).toEqual(expected))

test.each([
  ['', 0],
  ['0', 1],
  ['0,2-4', 4],
  ['4,3', 'non-increasing order, previous: 4, current: 3'],
  ['3-3', 'non-increasing order, previous: 3, current: 3'],
  ['1-2-3', `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`],
  ['x', 'cannot convert string to integer for index: "x"'],
  ['5', 'too large index: "5"'],
])('indexes %s of 5', (text, expected) => expect(countIndexes(text, 5)).toBe(expected))

test('the overlap of two sets is their smallest common index', () => {
  const toText = (set: readonly number[]) => [...new Set(set)].sort((a, b) => a - b).join(',')
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.array(fc.nat(20)), (a, b) => {
      const common = a.filter((index) => b.includes(index))
      expect(overlappingIndex(toText(a), toText(b), 21)).toBe(common.length > 0 ? Math.min(...common) : undefined)
    }),
  )
})

test('many indexes with many pods at once are warned of', () => {
  expect(jobSpecWarnings('spec', { template, ...indexed, completions: 100_001, parallelism: 10_001 })).toHaveLength(1)
  expect(jobSpecWarnings('spec', { template, ...indexed, completions: 100_001, parallelism: 10_000 })).toEqual([])
})
