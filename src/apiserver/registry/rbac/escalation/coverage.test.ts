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
  expect(describeRules(uncovered(held, wanted))).toBe(missing)
})
