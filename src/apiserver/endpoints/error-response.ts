// Errors as Status objects, in a form the client accepts. Source: responsewriters/errors.go (ErrorNegotiated).
import { ApiError, internalError } from '../../apimachinery/api-error.ts'
import { isTooDeep } from '../../apimachinery/max-depth.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { Logger } from '../../component-base/logger.ts'
import { StorageUnavailableError } from '../../storage/storage.ts'
import { auditStatus } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { logFault } from '../http/log-fault.ts'
import { statusType } from './delete.ts'
import { encode } from './encode.ts'
import { contentTypes, errorFormat, wantsPretty } from './negotiation.ts'

/** @param error anything that is no ApiError is an internal error; what lies behind those is logged, for the answer has only its message */
export function errorResponse({ codec, logger }: { readonly codec: Codec; readonly logger: Logger }, request: ApiRequest, error: unknown): ApiResponse {
  const apiError = statusOf(error)
  const { code, cause } = apiError
  // Unreachable kubelets and the like (503) are no faults of the server.
  if (code === 500 && cause !== undefined) logFault(logger, request, cause)
  const accepted = errorFormat(request.headers['accept'])
  const { format } = accepted
  const retryAfter = apiError.details?.retryAfterSeconds
  const status = apiError.toStatus()
  auditStatus(request, codec, status)
  return {
    status: code,
    headers: { 'content-type': contentTypes[format], ...(retryAfter ? { 'retry-after': String(retryAfter) } : {}) },
    body: encode(codec, statusType, status as unknown as JsonObject, format, wantsPretty(request.query, request.headers['user-agent'], accepted)),
  }
}

function statusOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof StorageUnavailableError) return storeAway(error)
  return isTooDeep(error) ? new ApiError('BadRequest', 'exceeded max depth', { cause: error }) : internalError(error)
}

/** Upstream hands on what etcd's client says, without a reason; clients try again. */
const storeAway = ({ message }: StorageUnavailableError) => new ApiError('', message, { code: 500 })

export const methodNotAllowed = () => new ApiError('MethodNotAllowed', 'the server does not allow this method on the requested resource', { details: {} })
export const noSuchResource = () => new ApiError('NotFound', 'the server could not find the requested resource', { details: {} })
