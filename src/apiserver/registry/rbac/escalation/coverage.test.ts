import { expect, test } from 'vitest'
import type { Rule } from '../../../authz/authorizer.ts'
import { describeRules, uncovered } from './coverage.ts'

const rule = (apiGroups: string[], resources: string[], verbs: string[], resourceNames?: string[]): Rule => ({
  apiGroups,
  resources,
  verbs,
  ...(resourceNames ? { resourceNames } : {}),
})
const url = (nonResourceURLs: string[], verbs: string[]): Rule => ({ nonResourceURLs, verbs })
const pods = rule([''], ['pods'], ['get', 'list'])

test.each<[string, Rule[], Rule[], string]>([
  ['the same', [pods], [pods], ''],
  ['parts of several rules', [rule([''], ['pods'], ['get']), rule([''], ['pods'], ['list'])], [pods], ''],
  ['everything', [rule(['*'], ['*'], ['*'])], [pods, rule(['apps'], ['deployments/scale'], ['update'])], ''],
  ['everything of resources, not of URLs', [rule(['*'], ['*'], ['*'])], [url(['/metrics'], ['get'])], '{NonResourceURLs:["/metrics"], Verbs:["get"]}'],
  [
    'one verb more, verbs together',
    [rule([''], ['pods'], ['get'])],
    [rule([''], ['pods'], ['get', 'list', 'watch'])],
    '{APIGroups:[""], Resources:["pods"], Verbs:["list" "watch"]}',
  ],
  [
    'a name is less than all',
    [rule([''], ['secrets'], ['get'], ['a'])],
    [rule([''], ['secrets'], ['get'])],
    '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
  ],
  ['all are more than a name', [rule([''], ['secrets'], ['get'])], [rule([''], ['secrets'], ['get'], ['a'])], ''],
  ['a subresource of anything', [rule(['*'], ['*/scale'], ['get'])], [rule(['apps'], ['deployments/scale'], ['get'])], ''],
  ['a path below', [url(['/healthz/*'], ['get'])], [url(['/healthz/ping', '/livez'], ['get'])], '{NonResourceURLs:["/livez"], Verbs:["get"]}'],
])('%s', (_, held, wanted, missing) => {
  expect(describeRules(uncovered(held, wanted).missing)).toBe(missing)
})

const names = (prefix: string, count: number) => Array.from({ length: count }, (_each, index) => `${prefix}${index}`)
const billion = rule(names('g', 999), names('r', 999), names('v', 999))

test.each<[string, Rule[], Rule[], { missing: number; cutOff: boolean }]>([
  ['a rule for a billion things, of which none is held: a thousand are named', [pods], [billion], { missing: 1000, cutOff: true }],
  ['held in whole, nothing needs to be taken apart', [pods, billion], [billion], { missing: 0, cutOff: false }],
  ['everything is held', [rule(['*'], ['*'], ['*'])], [billion], { missing: 0, cutOff: false }],
  ['held in two halves: nobody looks at all of it', names('v', 999).map((verb) => rule(['*'], ['*'], [verb])), [billion], { missing: 0, cutOff: true }],
  ['exactly a thousand missing', [], [rule([''], names('r', 1000), ['get'])], { missing: 1000, cutOff: false }],
  [
    'of both kinds: none of its parts is held because the other is',
    [url(['/a'], ['get'])],
    [{ ...pods, nonResourceURLs: ['/a'] }],
    { missing: 3, cutOff: false },
  ],
])('%s', (_, held, wanted, expected) => {
  const { missing, cutOff } = uncovered(held, wanted)
  expect({ missing: missing.length, cutOff }).toEqual(expected)
})
