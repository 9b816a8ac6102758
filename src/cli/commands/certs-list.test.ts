import { expect, test } from 'vitest'
import { residualTime } from './certs-list.ts'

for (const { seconds, text } of [
  { seconds: -1, text: '<invalid>' },
  { seconds: 0, text: '0s' },
  { seconds: 59, text: '59s' },
  { seconds: 60, text: '1m' },
  { seconds: 3_600, text: '1h' },
  { seconds: 86_399, text: '23h' },
  { seconds: 364.5 * 86_400, text: '364d' },
  { seconds: 3650 * 86_400 - 1, text: '9y' },
])
  test(`${seconds} s are ${text}`, () => expect(residualTime(seconds)).toBe(text))
