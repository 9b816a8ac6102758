import { expect, test } from 'vitest'
import { codec } from '../../../api/codec.ts'
import { ownCopy } from './own-copy.ts'

test('all levels are copied, and no integer loses a digit', () => {
  const { value } = codec.parseJson('{"a":[{"b":9223372036854775807}],"__proto__":{"c":1}}')
  const copy = ownCopy(value) as { a: object[] }
  expect(codec.encodeJson(copy as never)).toBe('{"a":[{"b":9223372036854775807}],"__proto__":{"c":1}}')
  copy.a.push({})
  expect(codec.encodeJson(value as never)).toBe('{"a":[{"b":9223372036854775807}],"__proto__":{"c":1}}')
})
