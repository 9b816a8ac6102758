// Clients that do not know when to stop: so many h2 sessions, each with so many requests under way, the next one at once after each
// answer whatever it says. A process of its own, so that those who are measured do not share its event loop.
import { type ClientHttp2Session, connect } from 'node:http2'

export interface FloodOptions {
  readonly port: number
  readonly sessions: number
  readonly streamsPerSession: number
  /** Sessions take turns. */
  readonly tokens: readonly string[]
}

export interface FloodResult {
  /** HTTP status -> answers since the last reading; 0: none, the stream was refused. */
  readonly answers: Readonly<Record<number, number>>
  /** Requests without an answer now. */
  readonly underWay: number
}

/** Of a stream, as large as Go's clients have it: it is not the client that slows the server down. */
const windowBytes = 4 << 20
const lists = '/api/v1/namespaces/flooded/pods'
const configMaps = '/api/v1/namespaces/flooded/configmaps'

let answers: Record<number, number> = {}
let underWay = 0
let sent = 0
let stopped = false

/** Mostly reads; every fifth a list of everything, every tenth a write. */
function send(session: ClientHttp2Session, token: string): void {
  const index = sent++
  const kind = index % 10
  const authorization = `Bearer ${token}`
  const stream =
    kind === 9
      ? session.request({ ':method': 'POST', ':path': configMaps, authorization, 'content-type': 'application/json' })
      : session.request({ ':path': kind % 5 === 0 ? lists : `${lists}/pod-1`, authorization })
  let status = 0
  underWay++
  stream.on('response', (headers) => (status = Number(headers[':status'])))
  stream.on('data', () => {})
  stream.on('error', () => {})
  stream.once('close', () => {
    underWay--
    answers[status] = (answers[status] ?? 0) + 1
    if (!stopped && !session.closed && !session.destroyed) send(session, token)
  })
  if (kind === 9) stream.end(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'flood-' }, data: { k: 'x'.repeat(512) } }))
}

function open({ port, streamsPerSession }: FloodOptions, token: string): void {
  const session = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, settings: { initialWindowSize: windowBytes } })
  session.on('error', () => {})
  session.once('connect', () => {
    session.setLocalWindowSize(streamsPerSession * windowBytes)
    for (let i = 0; i < streamsPerSession; i++) send(session, token)
  })
}

process.on('message', (message: FloodOptions | 'read' | 'stop') => {
  if (message === 'stop') {
    stopped = true
    process.exit(0)
  }
  if (message === 'read') {
    process.send!({ answers, underWay } satisfies FloodResult)
    answers = {}
    return
  }
  for (let i = 0; i < message.sessions; i++) open(message, message.tokens[i % message.tokens.length]!)
})
