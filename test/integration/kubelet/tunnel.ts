// kubectl port-forward's transport, by hand: WebSocket libraries refuse the protocol's name, because it has a slash.
import { once } from 'node:events'
import { type RequestOptions, request } from 'node:https'
import { Duplex } from 'node:stream'

export async function openTunnel(server: RequestOptions, path: string): Promise<Duplex> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': Buffer.alloc(16).toString('base64'),
    'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io',
  }
  const outgoing = request({ ...server, path, headers, agent: false })
  outgoing.end()
  const [response, socket] = (await once(outgoing, 'upgrade')) as [{ headers: Record<string, string> }, Duplex]
  if (response.headers['sec-websocket-protocol'] !== headers['sec-websocket-protocol']) throw new Error('another protocol was chosen')
  let rest = Buffer.alloc(0)
  const tunnel = new Duplex({
    read() {},
    write: (chunk: Buffer, _, done) => void socket.write(clientFrame(chunk), () => done()),
    destroy: (error, done) => (socket.destroy(), done(error)),
  })
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let frame = serverFrame(rest); frame; frame = serverFrame(rest)) {
      rest = rest.subarray(frame.end)
      if (frame.opcode === 2) tunnel.push(frame.data)
      if (frame.opcode === 8) tunnel.push(null)
    }
  })
  socket.on('close', () => tunnel.destroy())
  return tunnel
}

/** A binary message with the mask 0. */
function clientFrame(data: Buffer): Buffer {
  const length = data.length < 126 ? Buffer.from([0x80 | data.length]) : Buffer.from([0x80 | 126, data.length >> 8, data.length & 0xff])
  return Buffer.concat([Buffer.from([0x82]), length, Buffer.alloc(4), data])
}

function serverFrame(buffer: Buffer): { opcode: number; data: Buffer; end: number } | undefined {
  if (buffer.length < 2) return undefined
  const short = buffer[1]! & 0x7f
  const start = short < 126 ? 2 : 4
  const end = start + (short < 126 ? short : buffer.readUInt16BE(2))
  return buffer.length < end ? undefined : { opcode: buffer[0]! & 0x0f, data: Buffer.from(buffer.subarray(start, end)), end }
}
