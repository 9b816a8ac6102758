import type { Filter } from '../handler-chain.ts'
import { parseRequestInfo } from '../request-info.ts'

/** @throws {ApiError} 400 for a path that cannot be parsed */
export const requestInfo: Filter = {
  name: 'request-info',
  wrap: (next) => (request) => {
    request.info = parseRequestInfo(request.method, request.rawPath, request.query)
    return next(request)
  },
}
