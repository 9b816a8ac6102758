import { connect } from 'node:net'
import { failed, passed, type ProbeOutcome } from './probe-result.ts'

/** Succeeds when a connection can be opened. */
export function tcpSocket({ host, port, timeoutMs }: { readonly host: string; readonly port: number; readonly timeoutMs: number }): Promise<ProbeOutcome> {
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome>()
  const socket = connect({ host, port, timeout: timeoutMs })
  const finish = (outcome: ProbeOutcome) => {
    socket.destroy()
    resolve(outcome)
  }
  socket.once('connect', () => finish(passed()))
  socket.once('timeout', () => finish(failed(`dial tcp ${host}:${port}: i/o timeout`)))
  socket.once('error', (error: NodeJS.ErrnoException) =>
    finish(failed(`dial tcp ${host}:${port}: ${error.code === 'ECONNREFUSED' ? 'connect: connection refused' : error.message}`)),
  )
  return promise
}
