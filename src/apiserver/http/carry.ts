// What all carriers have in common: one request in, one answer out, and the request's signal in between.
import type { Duplex } from 'node:stream'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { BodyPlaces } from './body-places.ts'
import { type ResponseSink, respond } from './respond.ts'
import { type ChainHandler, type RequestSource, ServerRequest } from './server-request.ts'
import { panicError, statusResponse } from './status-response.ts'

export interface CarryOptions {
  readonly handle: ChainHandler
  readonly clock: Clock
  readonly logger: Logger
}

export interface Carrier extends ResponseSink {
  readonly source: RequestSource
  /** Calls back once when the client is gone or the answer is complete. */
  onClose(fn: () => void): void
  /** The raw connection of an upgrade request. */
  upgrade?(): { readonly socket: Duplex; readonly head: Uint8Array }
}

/** One for all: when a thousand watches end at once, making it would be a sixth of the work. */
const clientGone = new DOMException('the client has closed the request', 'AbortError')

/** Never rejects: a carrier has nobody to tell. @param places that all carriers share */
export async function carry(carrier: Carrier, { handle, clock, logger }: CarryOptions, places: BodyPlaces): Promise<void> {
  const request = new ServerRequest(carrier.source, places)
  let answered = false
  carrier.onClose(() => {
    if (!answered) request.abort(clientGone)
  })
  try {
    const response = await handle(request).catch((error: unknown) => {
      logger.error('Handler chain failed', error, { path: request.rawPath })
      return statusResponse(panicError(error).toStatus(), undefined)
    })
    if (response.takeOver && carrier.upgrade) {
      const { socket, head } = carrier.upgrade()
      // Not answered before the connection ends: until then the client can still go away.
      return response.takeOver(socket, head)
    }
    await respond(request, response, carrier, clock)
    answered = true
  } catch (error) {
    if (!request.signal.aborted) logger.error('Answer was cut off', error, { path: request.rawPath, auditId: request.auditId })
  } finally {
    request.leavePlace()
  }
}
