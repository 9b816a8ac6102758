import type { Server, Socket } from 'node:net'

/**
 * Knows every connection that `server` has accepted, also those whose TLS handshake has not ended: HTTP servers do not, and a
 * server is closed only when the last of them is gone.
 */
export class OpenConnections {
  readonly #sockets = new Set<Socket>()

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}
