import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { schema } from '../../../src/api/schema.ts'
import type { JsonObject } from '../../../src/apimachinery/json-value.ts'
import { compare } from '../../../src/apimachinery/managedfields/compare.ts'
import { ownedByCreator } from '../../../src/apimachinery/managedfields/created.ts'
import { sortSet, union } from '../../../src/apimachinery/managedfields/field-set.ts'
import { SchemaTypes } from '../../../src/apimachinery/managedfields/type-view.ts'

const types = new SchemaTypes(schema)
const podType = 'io.k8s.api.core.v1.Pod'

const name = fc.constantFrom('a', 'b', 'a!', '"', 'ü', 'B')
const labels = fc.dictionary(name, name, { maxKeys: 3 })
const container = fc.record(
  {
    name,
    image: name,
    args: fc.array(name, { maxLength: 2 }),
    env: fc.array(fc.record({ name, value: name }), { maxLength: 3 }),
    ports: fc.array(
      fc.record({ containerPort: fc.constantFrom(80, 443, 8080), protocol: fc.constantFrom('TCP', 'UDP') }, { requiredKeys: ['containerPort'] }),
      {
        maxLength: 3,
      },
    ),
    resources: fc.record({ limits: labels }, { requiredKeys: [] }),
  },
  { requiredKeys: ['name'] },
)
const pod = fc.record(
  {
    apiVersion: fc.constant('v1'),
    kind: fc.constant('Pod'),
    metadata: fc.record(
      { name, labels, annotations: labels, finalizers: fc.array(name, { maxLength: 3 }), creationTimestamp: fc.constant(null) },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      { containers: fc.oneof(fc.constant(null), fc.array(container, { maxLength: 3 })), nodeSelector: labels, unknown: labels },
      { requiredKeys: [] },
    ),
    status: fc.constant({}),
  },
  { requiredKeys: ['metadata'] },
)

test('the creator owns what comparing with an empty object finds, in the order of the wire', () => {
  fc.assert(
    fc.property(pod, (value) => {
      const object = value as unknown as JsonObject
      const empty = types.empty(podType)
      const { added, modified } = compare(types.root(podType), empty, object)
      expect(JSON.stringify(ownedByCreator(types.root(podType), empty, object))).toBe(JSON.stringify(sortSet(union(modified, added))))
    }),
    { numRuns: 500 },
  )
})
