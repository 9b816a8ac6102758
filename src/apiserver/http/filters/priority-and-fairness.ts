import type { Admission, FlowControl } from '../../flowcontrol/flow-control.ts'
import { type ApiResponse, isStream } from '../api-request.ts'
import type { Filter } from '../handler-chain.ts'
import { isLongRunning, isReadOnly } from '../request-info.ts'
import type { ChainHandler, ServerRequest } from '../server-request.ts'
import type { InFlight } from './max-in-flight.ts'
import { tooManyRequests } from './too-many-requests.ts'

/** No request waits longer, whatever its time limit. */
const waitMsHardMax = 60_000

/**
 * Serves a request at once, lets it wait for its turn, or refuses it with 429. Of watches only the beginning counts; other
 * long-running requests pass.
 * @param requestTimeoutMs a request may wait for a quarter of its own time limit, or of this one
 * @see k8s.io/apiserver pkg/server/filters/priority-and-fairness.go
 */
export function priorityAndFairness(control: FlowControl, requestTimeoutMs: number): Filter & { current(): InFlight } {
  const current = { readOnly: 0, mutating: 0 }

  async function execute(admission: Admission, request: ServerRequest, next: ChainHandler): Promise<ApiResponse> {
    const isWatch = request.info.verb === 'watch'
    const kind = isReadOnly(request.info) ? 'readOnly' : 'mutating'
    current[kind]++
    if (isWatch) request.onEnd(control.watches.register(request.info))
    let isSending = false
    try {
      const response = await next(request)
      if (isWatch ? response.initialized : isStream(response.body)) {
        isSending = true
        const finish = control.doneLater(admission, request.timeoutMs ?? requestTimeoutMs)
        request.onEnd(finish)
        void response.initialized?.then(finish)
      }
      return response
    } finally {
      current[kind]--
      if (!isSending) control.done(admission)
    }
  }

  async function executeLater(admission: Admission, request: ServerRequest, next: ChainHandler): Promise<ApiResponse> {
    const timed = request.audit?.time('apf-queue-wait')
    const decision = await control.wait(admission, request.signal)
    timed?.()
    return decision === 'execute' ? execute(admission, request, next) : refusal(admission)
  }

  return {
    name: 'priority-and-fairness',
    current: () => ({ ...current }),
    wrap: (next) => (request) => {
      const { info } = request
      if (info.verb !== 'watch' && isLongRunning(info)) return next(request)
      const waitMsMax = Math.min((request.timeoutMs ?? requestTimeoutMs) / 4, waitMsHardMax)
      const admission = control.admit(info, request.user, () => request.query, waitMsMax)
      request.flowControlHeaders = admission.schema.headers
      if (admission.decision === 'execute') return execute(admission, request, next)
      return admission.decision === 'wait' ? executeLater(admission, request, next) : Promise.resolve(refusal(admission))
    },
  }
}

const refusal = ({ schema }: Admission) => tooManyRequests(schema.level.retryAfter.seconds)
