import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { attributesFor } from '../admission/fake/attributes.ts'
import type { Equivalents } from './equivalents.ts'
import { type MatchCriteria, type MatchedRequest, RequestMatcher } from './request-matcher.ts'
import { mayConcern, type RuledRequest, ruleMatches } from './rule-matcher.ts'

const deployments = { group: 'apps', version: 'v1', plural: 'deployments' }

describe('a rule', () => {
  const request = { operation: 'CREATE', resource: deployments, subresource: '', namespace: 'ns' } as const
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['CREATE'] } as const
  const namespace = { resource: { group: '', version: 'v1', plural: 'namespaces' }, namespace: 'x' }
  test.each<[object, Partial<RuledRequest>, boolean]>([
    [{}, {}, true],
    [{ operations: ['UPDATE'] }, {}, false],
    [{ operations: ['*'] }, { operation: 'CONNECT' }, true],
    [{ apiGroups: [''] }, {}, false],
    [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }, {}, true],
    [{ apiVersions: ['v1beta1'] }, {}, false],
    [{}, { subresource: 'scale' }, false],
    [{ resources: ['*'] }, { subresource: 'scale' }, false],
    [{ resources: ['deployments/scale'] }, { subresource: 'scale' }, true],
    [{ resources: ['*/scale'] }, { subresource: 'scale' }, true],
    [{ resources: ['deployments/*'] }, { subresource: 'scale' }, true],
    [{ resources: ['deployments/*'] }, {}, true],
    [{ resources: ['*/*'] }, { subresource: 'scale' }, true],
    [{ scope: 'Namespaced' }, {}, true],
    [{ scope: 'Cluster' }, {}, false],
    [{ scope: 'Cluster' }, { namespace: '' }, true],
    [{ apiGroups: [''], resources: ['namespaces'], scope: 'Cluster' }, namespace, true],
    [{ apiGroups: [''], resources: ['namespaces'], scope: 'Namespaced' }, namespace, false],
    [{ scope: '*' }, { namespace: '' }, true],
  ])('%o on %o: %s', (over, asked, expected) => expect(ruleMatches({ ...rule, ...over }, { ...request, ...asked })).toBe(expected))
})

describe('criteria', () => {
  const labelled = (labels: object, name = 'x') => ({ apiVersion: 'v1', kind: 'X', metadata: { name, labels } }) as unknown as KubeObject
  const namespaces = { get: (name: string) => (name === 'ns' ? (labelled({ team: 'a' }) as never) : undefined) }
  const scales = { group: 'extensions', version: 'v1beta1', plural: 'deployments' }
  const kind = { group: 'extensions', version: 'v1beta1', kind: 'Deployment' }
  const equivalents: Equivalents = { of: ({ group }) => (group === 'apps' ? [{ resource: scales, kind }] : []), as: (object) => object }
  const matcher = new RequestMatcher(namespaces, equivalents)
  const rule = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['*'] } as const
  const old = { ...rule, apiGroups: ['extensions'], apiVersions: ['v1beta1'] }
  const own = { resource: deployments, namespace: 'ns', name: 'x', object: labelled({ app: 'web' }) }
  const request = (over: object) => attributesFor('apps/deployments', { ...own, ...over }) as MatchedRequest

  test.each<[string, MatchCriteria, object, false | string]>([
    ['nothing: everything', {}, {}, 'apps'],
    ['a rule', { resourceRules: [rule] }, {}, 'apps'],
    ['a rule of names', { resourceRules: [{ ...rule, resourceNames: ['x'] }] }, {}, 'apps'],
    ['a rule of other names', { resourceRules: [{ ...rule, resourceNames: ['y'] }] }, {}, false],
    ['an exclusion', { resourceRules: [rule], excludeResourceRules: [{ ...rule, resourceNames: ['x'] }] }, {}, false],
    ['another name of the resource', { resourceRules: [old], matchPolicy: 'Equivalent' }, {}, 'extensions'],
    ['another name, but exactly', { resourceRules: [old], matchPolicy: 'Exact' }, {}, false],
    ['its own name first', { resourceRules: [old, rule], matchPolicy: 'Equivalent' }, {}, 'apps'],
    ['an exclusion by another name', { excludeResourceRules: [old], matchPolicy: 'Equivalent' }, {}, false],
    ['the object', { objectSelector: { matchLabels: { app: 'web' } } }, {}, 'apps'],
    ['another object', { objectSelector: { matchLabels: { app: 'db' } } }, {}, false],
    ['the object before', { objectSelector: { matchLabels: { app: 'db' } } }, { oldObject: labelled({ app: 'db' }) }, 'apps'],
    ['the namespace', { namespaceSelector: { matchLabels: { team: 'a' } } }, {}, 'apps'],
    ['another namespace', { namespaceSelector: { matchLabels: { team: 'b' } } }, {}, false],
    ['no namespace', { namespaceSelector: { matchLabels: { team: 'b' } } }, { namespace: '' }, 'apps'],
    [
      'a namespace that is made',
      { namespaceSelector: { matchLabels: { team: 'new' } } },
      { resource: { group: '', version: 'v1', plural: 'namespaces' }, namespace: 'x', object: labelled({ team: 'new' }) },
      '',
    ],
  ])('%s', (_, criteria, over, expected) => expect(matcher.match(criteria, request(over))?.resource.group ?? false).toBe(expected))

  test('a namespace that is not there is only missed by what looks at it', () => {
    const gone = request({ namespace: 'gone' })
    expect(() => matcher.match({ namespaceSelector: { matchLabels: { team: 'a' } } }, gone)).toThrow('namespaces "gone" not found')
    expect(matcher.match({}, gone)).toBeDefined()
    expect(matcher.match({ resourceRules: [old], namespaceSelector: { matchLabels: { team: 'a' } } }, gone)).toBeUndefined()
  })
})

test.each<[readonly string[], boolean]>([
  [['pods'], true],
  [['pods/status'], true],
  [['*'], true],
  [['*/*'], true],
  [['*/scale'], true],
  [['deployments', 'pods'], true],
  [['podtemplates'], false],
  [['deployments/pods'], false],
  [[], false],
])('rules for %j may concern pods: %s', (resources, expected) => {
  expect(mayConcern([{ resources: ['nodes'] }, { resources }], 'pods')).toBe(expected)
})
