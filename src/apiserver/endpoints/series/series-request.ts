import type { ApiRequest } from '../../http/api-request.ts'
import type { Format } from '../negotiation.ts'
import type { SeriesRequest } from './series-memory.ts'

/** Larger bodies are in no series. */
const bodyBytesMax = 64 * 1024

/** @returns what decides of a request's series; undefined: it goes the whole way, and leaves nothing behind */
export function seriesRequest(request: ApiRequest, format: Format, body: Uint8Array): SeriesRequest | undefined {
  // What is recorded is recorded as it was read.
  if (format === 'yaml' || body.length > bodyBytesMax || request.audit?.recordsBodies) return undefined
  const { headers, user, info, query } = request
  return {
    namespace: info.namespace,
    user,
    format,
    contentType: headers['content-type'],
    userAgent: headers['user-agent'],
    query: query.size === 0 ? '' : query.toString(),
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  }
}
