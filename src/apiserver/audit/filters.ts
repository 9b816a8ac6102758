// The two filters of auditing. `intake` stands outside of authentication: it makes the trail, and records requests that never get
// further. `audit` stands inside: it asks the policy as the authenticated user and records the stages.
// Source: k8s.io/apiserver pkg/endpoints/filters/{audit,authn_audit,audit_init,request_deadline}.go.
import { internalError } from '../../apimachinery/api-error.ts'
import { type ApiResponse, type BodyChunk, isStream } from '../http/api-request.ts'
import type { Filter } from '../http/handler-chain.ts'
import { isLongRunning } from '../http/request-info.ts'
import type { ServerRequest } from '../http/server-request.ts'
import { type Auditor, RequestAudit } from './request-audit.ts'

type Chunk = IteratorResult<BodyChunk>
type Body = AsyncIterable<BodyChunk>

/** @param begun told of each trail that will have an end */
export function auditFilters(auditor: Auditor, begun: (trail: RequestAudit) => void): { readonly intake: Filter; readonly audit: Filter } {
  /** Refused before anybody knew who asks: one event, with the answer. Upstream records no ResponseComplete. */
  async function refused(trail: RequestAudit, error: unknown): Promise<void> {
    if (!trail.begin(undefined)) return
    trail.failed(error)
    await trail.stage('ResponseStarted')
  }

  const intake: Filter = {
    name: 'audit-intake',
    wrap: (next) => async (request) => {
      const trail = new RequestAudit(auditor, request)
      request.audit = trail
      try {
        return await next(request)
      } catch (error) {
        if (!trail.begun) await refused(trail, error)
        throw error
      }
    },
  }

  const audit: Filter = {
    name: 'audit',
    wrap: (next) => async (request) => {
      const trail = request.audit as RequestAudit
      if (!trail.begin(request.user)) return next(request)
      begun(trail)
      const received = trail.stage('RequestReceived')
      if (received !== true && !(await received)) {
        auditor.counts.rejected++
        auditor.ended(trail)
        throw internalError('failed to store audit event')
      }
      try {
        return await record(trail, request, await next(request))
      } catch (error) {
        const last = trail.failed(error)
        if (last === 'ResponseComplete' && isLongRunning(request.info)) await trail.stage('ResponseStarted')
        await trail.end(last)
        throw error
      }
    },
  }
  return { intake, audit }
}

async function record(trail: RequestAudit, request: ServerRequest, response: ApiResponse): Promise<ApiResponse> {
  trail.answered(response.status)
  if (isLongRunning(request.info)) {
    const started = trail.stage('ResponseStarted')
    if (started !== true) await started
  }
  const { body, takeOver } = response
  if (takeOver) {
    trail.streaming()
    return {
      ...response,
      takeOver(socket, head) {
        if (socket.destroyed) void trail.end('ResponseComplete')
        else socket.once('close', () => void trail.end('ResponseComplete'))
        takeOver(socket, head)
      },
    }
  }
  if (request.method !== 'HEAD' && isStream(body)) {
    trail.streaming()
    return { ...response, body: untilRecorded(trail, body, !isLongRunning(request.info)) }
  }
  await trail.end('ResponseComplete')
  return response
}

/** The same chunks; the last one comes when the end is recorded. A reader that stops early ends the request, too. */
function untilRecorded(trail: RequestAudit, body: Body, isTimed: boolean): Body {
  return {
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]()
      const end = () => trail.end('ResponseComplete')
      /** From a chunk to the wish for the next one the client is being written to. */
      let written: (() => void) | undefined
      const given = (result: Chunk): Chunk | Promise<Chunk> => {
        if (result.done) return end().then(() => result)
        if (isTimed) written = trail.time('response-write')
        return result
      }
      return {
        next() {
          written?.()
          return chunks.next().then(given, (error: unknown) => end().then(() => Promise.reject(error as Error)))
        },
        async return() {
          await chunks.return?.()
          await end()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
