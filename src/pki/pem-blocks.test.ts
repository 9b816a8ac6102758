import { expect, test } from 'vitest'
import { pemBlocks } from './pem-blocks.ts'

test.each<[why: string, text: string, expected: readonly string[]]>([
  ['nothing', '', []],
  ['no PEM', 'hello', []],
  ['blocks in order, with text between', '-----BEGIN A-----\nYQ==\n-----END A-----\nand\n-----BEGIN B C-----\r\nY\ng=\n=\n-----END B C-----', ['A a', 'B C b']],
  ['another end', '-----BEGIN A-----\nYQ==\n-----END B-----\n', []],
  ['no end', '-----BEGIN A-----\nYQ==\n', []],
  ['one that begins within another', '-----BEGIN A-----\n-----BEGIN B-----\nYQ==\n-----END B-----\n', ['B a']],
  ['not at the start of a line', ' -----BEGIN A-----\nYQ==\n-----END A-----\n', []],
])('%s', (_, text, expected) => {
  expect(pemBlocks(text).map(({ type, bytes }) => `${type} ${bytes.toString()}`)).toEqual(expected)
})

test('headers are seen', () => {
  expect(pemBlocks('-----BEGIN A-----\nProc-Type: 4\n\nYQ==\n-----END A-----\n')[0]!.headers).toBe(true)
  expect(pemBlocks('-----BEGIN A-----\nYQ==\n-----END A-----\n')[0]!.headers).toBe(false)
})

test('the work grows with the text, not with its square', () => {
  expect(pemBlocks('-----BEGIN A-----\n'.repeat(100_000))).toEqual([])
})
