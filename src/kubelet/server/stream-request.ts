import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** A connection that asks to be upgraded. */
export interface StreamRequest {
  readonly request: IncomingMessage
  readonly socket: Duplex
  /** What the client sent after its headers. */
  readonly head: Buffer
  readonly url: URL
}
