// Errors as answers. Every failure of the outer chain ends here, as a Status in the form the client accepts.
import { ApiError, type Status } from '../../apimachinery/api-error.ts'
import { indentWidth } from '../endpoints/encode.ts'
import type { ApiResponse } from './api-request.ts'
import { isPlain, mediaTypes } from '../../util/media-types.ts'

/** Encodes a Status for a media type; undefined: cannot. Plugged in by the composition, which has the codecs. */
export type StatusEncoder = (status: Status, mediaType: string) => { readonly contentType: string; readonly body: Uint8Array | string } | undefined

/** @param pretty whether JSON is indented for people */
export function statusResponse(status: Status, accept: string | undefined, encode?: StatusEncoder, pretty = false): ApiResponse {
  const retryAfter = status.details?.retryAfterSeconds
  const encoded = encode ? firstEncoded(status, accept, encode) : undefined
  return {
    status: status.code ?? 200,
    headers: {
      'content-type': encoded?.contentType ?? 'application/json',
      ...(retryAfter ? { 'retry-after': String(retryAfter) } : {}),
      ...(status.code === 401 || status.code === 403 || status.code === 429 ? { 'x-content-type-options': 'nosniff' } : {}),
    },
    body: encoded?.body ?? (pretty ? JSON.stringify(status, null, indentWidth) : `${JSON.stringify(status)}\n`),
  }
}

function firstEncoded(status: Status, accept: string | undefined, encode: StatusEncoder) {
  for (const wanted of mediaTypes(accept)) {
    const { type } = wanted
    if (!isPlain(wanted)) continue
    if (type === '*/*' || type === 'application/*' || type === 'application/json') return undefined
    const encoded = encode(status, type)
    if (encoded) return encoded
  }
  return undefined
}

/** What a request is answered that failed in a way nobody foresaw. The cause is logged, never sent. */
export const panicError = (cause: unknown) => new ApiError('InternalError', 'This request caused apiserver to panic. Look in the logs for details.', { cause })
