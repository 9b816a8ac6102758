import type { Rand } from '../../../util/rand.ts'
import type { Filter } from '../handler-chain.ts'

/**
 * Now and then tells an h2 client to open a new connection, so that clients spread over servers that came up later. What is
 * under way on the connection goes on.
 * @param chance of a request, from 0 (never) to 0.02
 * @see k8s.io/apiserver pkg/server/filters/goaway.go
 */
export function goaway(chance: number, rand: Rand): Filter {
  return {
    name: 'goaway',
    wrap: (next) => (request) => {
      if (request.source.isHttp2 && rand() < chance) request.closeConnection = true
      return next(request)
    },
  }
}
