import { ApiError } from '../../../apimachinery/api-error.ts'
import { mastersGroup } from '../../authn/well-known-users.ts'
import type { Filter } from '../handler-chain.ts'
import { isLongRunning, isReadOnly } from '../request-info.ts'

export interface InFlightLimits {
  /** get, list, watch under way at once. */
  readonly readOnlyMax: number
  readonly mutatingMax: number
}

export interface InFlight {
  readonly readOnly: number
  readonly mutating: number
}

/**
 * Refuses with 429 what goes beyond the limits. Members of system:masters always get in: whoever has to repair the cluster
 * must get an answer.
 * @see k8s.io/apiserver pkg/server/filters/maxinflight.go
 */
export function maxInFlight(limits: InFlightLimits): Filter & { current(): InFlight } {
  const current = { readOnly: 0, mutating: 0 }
  return {
    name: 'max-in-flight',
    current: () => ({ ...current }),
    wrap: (next) => async (request) => {
      if (isLongRunning(request.info)) return next(request)
      const kind = isReadOnly(request.info) ? 'readOnly' : 'mutating'
      const max = kind === 'readOnly' ? limits.readOnlyMax : limits.mutatingMax
      if (current[kind] >= max && !request.user.groups.includes(mastersGroup)) throw tooManyRequests()
      current[kind]++
      try {
        return await next(request)
      } finally {
        current[kind]--
      }
    },
  }
}

const tooManyRequests = () => new ApiError('TooManyRequests', 'Too many requests, please try again later.', { details: { retryAfterSeconds: 1 } })
