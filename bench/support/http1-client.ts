// A client that costs as little as possible, so that it is the server that is measured: one TLS connection, one request at a
// time, answers with Content-Length or in chunks, nothing parsed but what ends them.
import { connect, type TLSSocket } from 'node:tls'
import { token } from './children.ts'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

const endOfHead = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')

export class Http1Client {
  readonly #socket: TLSSocket
  #chunks: Buffer[] = []
  #bytes = 0
  #head: { readonly status: number; readonly start: number; readonly length: number } | undefined
  #done: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined

  private constructor(socket: TLSSocket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('close', () => this.#closed())
  }

  static connect(port: number): Promise<Http1Client> {
    const { promise, resolve, reject } = Promise.withResolvers<Http1Client>()
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => {
      socket.setNoDelay(true)
      resolve(new Http1Client(socket))
    })
    socket.on('error', reject)
    return promise
  }

  /** @param authorization header line of who asks; '' for none, or when `headers` have one */
  send(method: string, path: string, body = '', headers = '', authorization = `Authorization: Bearer ${token}\r\n`): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#done = { resolve, reject }
    const type = body ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` : ''
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\n${authorization}${headers}${type}\r\n${body}`)
    return promise
  }

  /** A body as it is. @param headers more lines, each with its end */
  sendBytes(method: string, path: string, contentType: string, body: Uint8Array, headers = '', bearer = token): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#done = { resolve, reject }
    const type = body.length > 0 ? `Content-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n` : ''
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAuthorization: Bearer ${bearer}\r\n${headers}${type}\r\n`)
    this.#socket.write(body)
    return promise
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.send(method, path, body && JSON.stringify(body))
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString().slice(0, 500)}`)
    return JSON.parse(answer.body.toString()) as T
  }

  close(): void {
    this.#done = undefined
    this.#socket.destroy()
  }

  /** What ends with the connection has come in full. */
  #closed(): void {
    if (!this.#head) return this.#done?.reject(new Error('connection closed'))
    this.#done?.resolve({ status: this.#head.status, body: Buffer.concat(this.#chunks).subarray(this.#head.start) })
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (!this.#head) this.#readHead()
    if (!this.#head) return
    const { start, length, status } = this.#head
    if (length >= 0 ? this.#bytes < start + length : !endsWith(chunk, lastChunk)) return
    const body = (this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)).subarray(start)
    const done = this.#done!
    this.#chunks = []
    this.#bytes = 0
    this.#head = undefined
    this.#done = undefined
    done.resolve({ status, body: length >= 0 ? body : unchunk(body) })
  }

  #readHead(): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    const end = bytes.indexOf(endOfHead)
    if (end < 0) return
    const text = bytes.toString('latin1', 0, end)
    const length = /content-length: (\d+)/i.exec(text)
    this.#head = { status: Number(text.slice(9, 12)), start: end + endOfHead.length, length: length ? Number(length[1]) : -1 }
  }
}

const endsWith = (chunk: Buffer, tail: Buffer) => chunk.length >= tail.length && chunk.subarray(-tail.length).equals(tail)

function unchunk(body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const end = body.indexOf('\r\n', at)
    const size = parseInt(body.toString('latin1', at, end), 16)
    if (size === 0) return Buffer.concat(parts)
    parts.push(body.subarray(end + 2, end + 2 + size))
    at = end + 2 + size + 2
  }
}
