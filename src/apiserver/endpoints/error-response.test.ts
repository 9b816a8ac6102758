import { expect, test } from 'vitest'
import { schema } from '../../api/schema.ts'
import { ApiError, internalError, notFound } from '../../apimachinery/api-error.ts'
import { newCodec } from '../../apimachinery/codec/new-codec.ts'
import { type LogKeys, silentLogger } from '../../component-base/logger.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { errorResponse } from './error-response.ts'

const codec = newCodec(schema)
const fault = new TypeError("Cannot read properties of undefined (reading 'spec')")
const refused = new Error('connect ECONNREFUSED')

function answer(error: unknown, isGone = false) {
  const lines: { message: string; error: unknown; keys: LogKeys | undefined }[] = []
  const logger = { ...silentLogger, error: (message: string, cause: unknown, keys?: LogKeys) => void lines.push({ message, error: cause, keys }) }
  const request = {
    method: 'POST',
    rawPath: '/api/v1/namespaces/default/pods',
    query: new URLSearchParams('dryRun=All'),
    headers: {},
    auditId: 'a-1',
    signal: isGone ? AbortSignal.abort() : new AbortController().signal,
  } as unknown as ApiRequest
  const { status } = errorResponse({ codec, logger }, request, error)
  return { status, lines }
}

const line = (error: Error) => ({
  message: 'Request failed',
  error,
  keys: { method: 'POST', path: '/api/v1/namespaces/default/pods', auditId: 'a-1', stack: error.stack },
})

for (const { name, error, isGone, status, logged } of [
  { name: 'what nobody foresaw is logged with its stack', error: fault, status: 500, logged: [line(fault)] },
  { name: 'so is what an internal error was made of', error: internalError(fault), status: 500, logged: [line(fault)] },
  { name: 'an internal error without a cause says all that there is', error: new ApiError('InternalError', 'no'), status: 500, logged: [] },
  { name: 'a refusal is no fault', error: notFound({ group: '', plural: 'pods' }, 'web'), status: 404, logged: [] },
  {
    name: 'a kubelet out of reach is not a fault of this server',
    error: new ApiError('ServiceUnavailable', 'no', { cause: refused }),
    status: 503,
    logged: [],
  },
  { name: 'what fails because its client went away is no fault', error: fault, isGone: true, status: 500, logged: [] },
]) {
  test(name, () => expect(answer(error, isGone)).toEqual({ status, lines: logged }))
}
