import { expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { Entry } from '../cacher/entry.ts'
import { indentedParts, textList, yamlParts } from './text-list.ts'
import { encodeYaml } from './yaml.ts'

const items: readonly JsonValue[] = [
  { metadata: { name: 'a', labels: { z: 'yes', b: '1' } }, data: { text: 'two\nlines\n', empty: '' } },
  {},
  { spec: { list: [[1, 2], [], {}, 'x'.repeat(100)], none: null } },
]
const lists: readonly [string, { members: JsonObject; itemsName: string }][] = [
  ['a list', { members: { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '7' } }, itemsName: 'items' }],
  ['a Table', { members: { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: {}, columnDefinitions: [{ name: 'Name' }] }, itemsName: 'rows' }],
]

async function written(parts: Parameters<typeof textList>[0], head: Parameters<typeof textList>[1], byteLength: number): Promise<string[]> {
  const entries = items.map((_value, index) => ({ byteLength, index }) as unknown as Entry)
  const value = (entry: Entry) => items[(entry as unknown as { index: number }).index]!
  const chunks: string[] = []
  for await (const chunk of textList(parts, head, { value }, entries)) chunks.push(String(Buffer.concat(chunk)))
  return chunks
}

for (const [name, head] of lists) {
  const whole = { ...head.members, [head.itemsName]: [...items] }
  test(`${name} in parts is the list as a whole`, async () => {
    expect((await written(yamlParts, head, 10)).join('')).toBe(encodeYaml(whole))
    expect((await written(indentedParts, head, 10)).join('')).toBe(JSON.stringify(whole, null, 2))
  })
}

test('a large object is a part of its own', async () => {
  expect(await written(yamlParts, lists[0]![1], 1_000_000)).toHaveLength(items.length + 1)
})
