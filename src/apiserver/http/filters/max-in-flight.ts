import { mastersGroup } from '../../authn/well-known-users.ts'
import type { Filter } from '../handler-chain.ts'
import { isLongRunning, isReadOnly } from '../request-info.ts'
import { tooManyRequests } from './too-many-requests.ts'

/** Upstream's answer while there are no priority levels. */
const retryAfterSeconds = 1

export interface InFlightLimits {
  /** get, list, watch under way at once; 0: as many as come. */
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
      if (max > 0 && current[kind] >= max && !request.user.groups.includes(mastersGroup)) return tooManyRequests(retryAfterSeconds)
      current[kind]++
      try {
        return await next(request)
      } finally {
        current[kind]--
      }
    },
  }
}
