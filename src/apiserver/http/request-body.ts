import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { ApiError, badRequest } from '../../apimachinery/api-error.ts'
import { type BodyPlace, smallBodyBytesMax } from './body-places.ts'

/** Upstream's limit, larger than what etcd takes in one value (1.5 MiB) to leave room for JSON. */
export const bodyBytesMax = 3 * 1024 * 1024

const inflate = promisify(gunzip)
const none = new Uint8Array()

/**
 * The whole body, gunzipped, within {@link bodyBytesMax} before and after inflation.
 * @param takePlace called for a body that is more than small, once; undefined: of somebody who has the memory anyway
 * @throws {ApiError} 413 when larger, 400 when cut off or not what its encoding says, 415 for another encoding, 429 when there is no place for it
 */
export async function readBody(
  source: Readable | Uint8Array | undefined,
  headers: Readonly<Record<string, string | undefined>>,
  takePlace?: () => BodyPlace,
): Promise<Uint8Array> {
  if (source === undefined) return none
  if (Number(headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge()
  let place: BodyPlace | undefined
  const placed = takePlace && (() => (place ??= takePlace()))
  const raw = source instanceof Uint8Array ? source : await collect(source, placed)
  if (raw.byteLength > bodyBytesMax) throw tooLarge()
  const encoding = headers['content-encoding']
  if (!encoding || encoding === 'identity') return raw
  if (encoding !== 'gzip') throw new ApiError('UnsupportedMediaType', `the content encoding ${JSON.stringify(encoding)} of the request body is not supported`)
  await placed?.().ready
  place?.whole()
  try {
    const inflated = await inflate(raw, { maxOutputLength: bodyBytesMax })
    if (inflated.byteLength <= smallBodyBytesMax) place?.leave()
    return inflated
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw badRequest(`the request body is not valid gzip: ${(error as Error).message}`)
  }
}

function tooLarge(): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${bodyBytesMax}`)
}

function collect(stream: Readable, placed: (() => BodyPlace) | undefined): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const chunks: Buffer[] = []
  let size = 0
  let place: BodyPlace | undefined
  stream.on('data', (chunk: Buffer) => {
    size += chunk.byteLength
    if (size <= bodyBytesMax) chunks.push(chunk)
    else reject(tooLarge())
    if (size > bodyBytesMax) stream.pause()
    else if (placed && !place && size > smallBodyBytesMax) {
      place = placed()
      stream.pause()
      place.overdue.catch(reject)
      place.ready.then(() => stream.resume(), reject)
    }
  })
  let ended = false
  stream.once('end', () => {
    ended = true
    place?.whole()
    resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
  })
  const cut = () => {
    if (!ended) reject(badRequest('unexpected EOF'))
  }
  stream.once('error', cut)
  stream.once('aborted', cut)
  stream.once('close', cut)
  return promise
}
