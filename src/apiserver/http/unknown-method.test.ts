import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { unknownMethodCarrier } from './unknown-method.ts'

const code = 'HPE_INVALID_METHOD'
const head = (first: string, ...lines: string[]) => [first, ...lines, '', ''].join('\r\n')

function read(sent: string, error: { code?: string; bytesParsed?: number } = {}) {
  const socket = new Socket()
  const fault = Object.assign(new Error('Parse Error'), { code, rawPacket: Buffer.from(sent, 'latin1'), bytesParsed: 2, ...error })
  const source = unknownMethodCarrier(fault, Object.assign(socket, { getPeerCertificate: () => ({}) }))?.source
  socket.destroy()
  return source && `${source.method} ${source.target} ${JSON.stringify(source.headers)} ${source.body === undefined ? 'no body' : 'body'}`
}

test.each([
  ['any token is a method', head('BREW /a?b=c HTTP/1.1', 'Host: x', 'A: b:c '), 'BREW /a?b=c {"host":"x","a":"b:c"} no body'],
  ['a body is not read', head('BREW /a HTTP/1.1', 'Content-Length: 3'), 'BREW /a {} no body'],
  ['a header that comes twice says two things', head('BREW /a HTTP/1.1', 'Authorization: a', 'authorization: b'), undefined],
  ['a header that goes on', head('BREW /a HTTP/1.1', 'A: b', ' c'), undefined],
  ['half a head', 'BREW /a HTTP/1.1\r\nA: b', undefined],
  ['no token', head('BR(EW /a HTTP/1.1'), undefined],
  ['another version', head('BREW /a HTTP/1.0'), undefined],
  ['no path', head('BREW a HTTP/1.1'), undefined],
])('%s', (_, sent, expected) => expect(read(sent)).toBe(expected))

test('other faults, and those further on, are none of it', () => {
  expect(read(head('BREW /a HTTP/1.1'), { code: 'HPE_HEADER_OVERFLOW' })).toBeUndefined()
  expect(read(head('BREW /a HTTP/1.1'), { bytesParsed: 300 })).toBeUndefined()
})
