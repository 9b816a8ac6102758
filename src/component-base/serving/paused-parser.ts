// Node's HTTP/1.1 parser reads past the stream, right from the TLS layer, and that does not heed pauses: a request whose body, or whose
// follower, comes while an earlier answer is still being taken would be refused as malformed (HPE_PAUSED) and its connection ended.
// A listener of the stream's data makes the parser read from the stream instead.
import type { Duplex } from 'node:stream'

const unheard = () => {}

/** @param socket of a TLS connection that an HTTP server has just been given */
export function heedPauses(socket: Duplex): void {
  socket.on('data', unheard)
}

/** Before the connection is used for something else than HTTP. */
export function leaveParser(socket: Duplex): void {
  socket.off('data', unheard)
}
