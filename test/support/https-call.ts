// One HTTPS request to a server of the test, with nothing between: what is sent is what the test says.
import { Agent, request } from 'node:https'

export interface Call {
  /** Anything but text and bytes is sent as JSON. */
  readonly body?: object | string | Uint8Array
  /** Default: application/json, of a PATCH application/merge-patch+json. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** Bearer token; '' for none. */
  readonly token?: string
  readonly clientCertificate?: { readonly certificate: string; readonly key: string }
  /** Authority of the server's certificate; without it any is taken. */
  readonly ca?: string
  /** Default: a connection for this request alone. */
  readonly agent?: Agent
  /** Default: 127.0.0.1. */
  readonly host?: string
}

export interface Reply {
  readonly status: number
  readonly text: string
  readonly headers: NodeJS.Dict<string | string[]>
  /** @throws {SyntaxError} */
  readonly json: () => Readonly<Record<string, unknown>>
}

/** @param line `GET /api/v1/pods?limit=1`: the path is sent as it is */
export function callHttps(
  port: number,
  line: string,
  { body, type, headers, token, clientCertificate, ca, agent, host = '127.0.0.1' }: Call = {},
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const [method = '', path = ''] = line.split(' ')
  const sent = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const outgoing = request({
    host,
    port,
    method,
    path,
    agent: agent ?? false,
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
    ...(clientCertificate ? { cert: clientCertificate.certificate, key: clientCertificate.key } : {}),
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(sent === undefined ? {} : { 'content-type': type ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json') }),
      ...(sent === undefined ? {} : { 'content-length': String(Buffer.byteLength(sent)) }),
      ...headers,
    },
  })
  outgoing.once('error', reject)
  outgoing.once('response', (response) => {
    response
      .setEncoding('utf8')
      .toArray()
      .then((chunks) => {
        const text = chunks.join('')
        resolve({ status: response.statusCode!, text, headers: response.headers, json: () => JSON.parse(text) as Record<string, unknown> })
      }, reject)
  })
  outgoing.end(sent)
  return promise
}

/** What is no JSON object comes as `{ text }`. */
export const objectOf = ({ text, json }: Reply): Readonly<Record<string, unknown>> => (text.startsWith('{') ? json() : { text })
