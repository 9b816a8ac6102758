import { describe, expect, test } from 'vitest'
import { dialError } from './dial-error.ts'
import { logQuery } from './log-options.ts'

const read = (query: string) => logQuery('p', new URLSearchParams(query))
const refusal = (query: string) => {
  try {
    return read(query)
  } catch (error) {
    return (error as Error).message
  }
}

describe('the query of a log', () => {
  test.each([
    ['', ''],
    ['follow=false&previous=0&timestamps=FALSE', ''],
    ['container=c&unknown=x&follow=1', '?follow=true'],
    ['timestamps=yes&tailLines=0&limitBytes=1', '?timestamps=true&tailLines=0&limitBytes=1'],
    ['sinceTime=2026-01-01T00:00:00Z', '?sinceTime=2026-01-01T00%3A00%3A00Z'],
    ['sinceTime=2026-01-01T02:00:00%2B02:00', '?sinceTime=2026-01-01T00%3A00%3A00Z'],
    ['sinceSeconds=%2B5', '?sinceSeconds=5'],
    ['sinceTime=null&follow=', '?follow=true'],
  ])('%s is passed on as %s', (query, passed) => expect(read(query)).toBe(passed))

  test.each([
    ['tailLines=-1', 'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0'],
    ['limitBytes=0', 'PodLogOptions "p" is invalid: limitBytes: Invalid value: 0: must be greater than 0'],
    ['sinceSeconds=0', 'PodLogOptions "p" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0'],
    [
      'sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z',
      'PodLogOptions "p" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    ],
    ['stream=Stdout', 'PodLogOptions "p" is invalid: stream: Forbidden: may not be specified'],
    ['sinceTime=x', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
    ['tailLines=', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['stream=', 'PodLogOptions "p" is invalid: stream: Forbidden: may not be specified'],
    ['tailLines=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['tailLines=9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ])('%s is refused', (query, message) => expect(refusal(query)).toBe(message))
})

test.each([
  ['ECONNREFUSED', 'dial tcp 10.0.0.1:80: connect: connection refused'],
  ['ENETUNREACH', 'dial tcp 10.0.0.1:80: connect: network is unreachable'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls: failed to verify certificate: x509: certificate signed by unknown authority'],
  ['EODD', 'dial tcp 10.0.0.1:80: odd'],
])('%s reads as Go says it', (code, text) => expect(dialError('10.0.0.1:80', Object.assign(new Error('odd'), { code }))).toBe(text))
