// TLS handshakes are begun over several turns of the event loop. Each costs the server a signature, half a millisecond, and a client next to
// nothing: five hundred whose first bytes come at once would keep everybody else waiting for a quarter of a second. A connection whose client has
// said nothing yet is only a socket.
import type { Socket } from 'node:net'
import type { Clock } from '../../util/clock.ts'

/** Some 10 ms. */
const perTurn = 16

export interface HandshakeOptions {
  readonly clock: Pick<Clock, 'after'>
  /** A client that says nothing for so long is disconnected. */
  readonly silentMs: number
  /** Reads what has come already, then the rest. */
  readonly begin: (socket: Socket) => void
}

export class Handshakes {
  readonly #options: HandshakeOptions
  /** In the order in which their clients began to speak. */
  #waiting: Socket[] = []

  constructor(options: HandshakeOptions) {
    this.#options = options
  }

  /** @param socket has just been accepted */
  accept(socket: Socket): void {
    const silence = this.#options.clock.after(this.#options.silentMs, () => socket.destroy())
    socket.on('error', () => {}) // Node ends what has failed
    socket.once('close', () => silence.cancel())
    socket.once('readable', () => {
      silence.cancel()
      if (this.#waiting.push(socket) === 1) setImmediate(() => this.#beginSome())
    })
  }

  #beginSome(): void {
    const begun = this.#waiting.slice(0, perTurn)
    this.#waiting = this.#waiting.slice(perTurn)
    if (this.#waiting.length > 0) setImmediate(() => this.#beginSome())
    for (const socket of begun) {
      // Readable was its end.
      if (socket.readableLength === 0) socket.destroy()
      else if (!socket.destroyed) this.#options.begin(socket)
    }
  }
}
