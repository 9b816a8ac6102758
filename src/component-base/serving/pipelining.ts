// Requests that come on an HTTP/1.1 connection before earlier ones are answered. Node takes all that it finds in what it has read: a
// read of 64 KiB may hold 2,000 requests, and the parser cannot be held between two of them, only stopped for good (a pause takes effect
// after the read). So whoever would hold a client back by not reading on has its requests already, each some kilobytes: connections
// would have to be allowed 2,000 waiting requests rather than 100, and memory is what the limit is for. Clients that send more than
// some requests ahead are not known; the connection is ended.
import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { nextTurn } from '../../util/turns.ts'

/** As many as one HTTP/2 connection may have under way. */
const waitingMax = 100

/** Requests of a connection that wait for their turn to be answered. */
const waiting = new WeakMap<Duplex, number>()

/**
 * To be asked for each request, as it begins.
 * @param response of the request
 * @returns false when too many wait on its connection: it is ended, and the request must be left alone
 */
export function mayWait(socket: Duplex, response: ServerResponse): boolean {
  // The response has the connection at once when there is no other before it.
  if (response.socket !== null) return true
  if (socket.destroyed || ending.has(socket)) return false
  const before = waiting.get(socket)
  if (before === undefined) closeCheaply(socket)
  const count = (before ?? 0) + 1
  waiting.set(socket, count)
  if (count > waitingMax) {
    end(socket)
    return false
  }
  response.once('close', () => waiting.set(socket, waiting.get(socket)! - 1))
  return true
}

/** No request of these is to be begun any more. */
const ending = new WeakSet<Duplex>()

/** To be asked before a request is begun that has been put off. */
export const isEnding = (socket: Duplex): boolean => ending.has(socket)

/** Not at once: each request costs some microseconds once more when its connection closes, and hundreds of connections may have been read in one turn. */
function end(socket: Duplex): void {
  ending.add(socket)
  readNoFurther(socket)
  void nextTurn().then(() => socket.destroy())
}

/** What tells Node's parser that another protocol follows: it leaves the rest of what has been read alone. */
const otherProtocol = 2

function readNoFurther(socket: Duplex): void {
  const { parser } = socket as { parser?: { onIncoming?: () => number } | null }
  if (parser?.onIncoming) parser.onIncoming = () => otherProtocol
}

/** When the connection closes, Node makes an error for each request that waits: most of its cost is the stack, which nobody reads. */
function closeCheaply(socket: Duplex): void {
  const { stackTraceLimit } = Error
  socket.prependListener('close', () => (Error.stackTraceLimit = 0))
  socket.on('close', () => (Error.stackTraceLimit = stackTraceLimit))
}
