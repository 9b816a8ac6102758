import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Filter } from '../handler-chain.ts'
import { plainText } from '../object-encoder.ts'
import { parseRequestInfo, RequestInfoError } from '../request-info.ts'

/** Whatever a path says, its answer must not read as HTML. */
const withoutMarkup = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** @throws {ApiError} 400 for a path that cannot be decoded; one that says half of what is meant is answered in plain text, as upstream does */
export const requestInfo: Filter = {
  name: 'request-info',
  wrap: (next) => (request) => {
    try {
      request.info = parseRequestInfo(request.method, request.rawPath, request.query)
    } catch (error) {
      if (!(error instanceof RequestInfoError)) throw error
      const { target } = request.source
      const why = `Internal Server Error: ${goQuote(target)}: failed to create RequestInfo: ${error.message}, ${target}\n`
      return Promise.resolve(plainText(500, withoutMarkup(why)))
    }
    return next(request)
  },
}
