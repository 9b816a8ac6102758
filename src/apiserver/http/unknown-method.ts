// Requests with a method that Node's parser does not know. To Go's, any token is a method: such a request is authenticated, authorized and
// then refused like any other that a path does not allow.
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Http1Carrier } from './http1-carrier.ts'

/** Longer ones are nobody's; a parser that gave up within them had seen nothing else. */
const methodCharsMax = 32
const firstLine = new RegExp(`^([!#$%&'*+\\-.^_\`|~0-9A-Za-z]{1,${methodCharsMax}}) (/[^ \\r\\n]*) HTTP/1\\.1$`)
const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n]*?)[ \t]*$/

interface ParseError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer
  readonly bytesParsed?: number
}

/**
 * @param error of `clientError`
 * @returns undefined for anything else than a whole head with such a method, at the beginning of what the connection sent at once
 */
export function unknownMethodCarrier({ code, rawPacket, bytesParsed = 0 }: ParseError, socket: Socket): Http1Carrier | undefined {
  if (code !== 'HPE_INVALID_METHOD' || !rawPacket || bytesParsed > methodCharsMax) return undefined
  const end = rawPacket.indexOf('\r\n\r\n')
  const [first = '', ...lines] = rawPacket.toString('latin1', 0, Math.max(end, 0)).split('\r\n')
  const request = firstLine.exec(first)
  const headers = lines.map((line) => headerLine.exec(line))
  if (!request || headers.includes(null)) return undefined
  const message = new IncomingMessage(socket)
  message.method = request[1]
  message.url = request[2]
  for (const [, name = '', value = ''] of headers as RegExpExecArray[]) {
    // Who names a thing twice would have to be asked which it is.
    if (Object.hasOwn(message.headers, name.toLowerCase())) return undefined
    message.rawHeaders.push(name, value)
    // A body is not read: the connection ends with the answer.
    if (!/^(?:content-length|transfer-encoding)$/i.test(name)) message.headers[name.toLowerCase()] = value
  }
  message.complete = true
  const response = new ServerResponse(message)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end())
  return new Http1Carrier(message, response)
}
