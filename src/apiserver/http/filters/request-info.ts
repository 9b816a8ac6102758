import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Filter } from '../handler-chain.ts'
import { plainText } from '../object-encoder.ts'
import { parseRequestInfo, RequestInfoError } from '../request-info.ts'

/** @throws {ApiError} 400 for a path that cannot be decoded; one that says half of what is meant is answered in plain text, as upstream does */
export const requestInfo: Filter = {
  name: 'request-info',
  wrap: (next) => (request) => {
    try {
      request.info = parseRequestInfo(request.method, request.rawPath, request.query)
    } catch (error) {
      if (!(error instanceof RequestInfoError)) throw error
      const why = `Internal Server Error: ${goQuote(request.rawPath)}: failed to create RequestInfo: ${error.message}\n`
      return Promise.resolve(plainText(500, why))
    }
    return next(request)
  },
}
