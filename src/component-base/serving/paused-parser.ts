// Node's HTTP/1.1 parser reads past the stream, right from the TLS layer, and that does not heed pauses: a request whose body, or whose
// follower, comes while an earlier answer is still being taken would be refused as malformed (HPE_PAUSED) and its connection ended.
// A listener of the stream's data makes the parser read from the stream instead. That costs each request some microseconds, so a connection
// gets it when its client is first found to be slow.
import type { Duplex } from 'node:stream'

const unheard = () => {}

/** To be called for each request, as it begins. @param socket its TLS connection; Node has paused it if earlier answers have not been taken yet */
export function heedPauses(socket: Duplex): void {
  if (socket.isPaused() && !socket.listeners('data').includes(unheard)) socket.on('data', unheard)
}

/** Before the connection is used for something else than HTTP. */
export function leaveParser(socket: Duplex): void {
  socket.off('data', unheard)
}
