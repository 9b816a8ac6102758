// The API as a test of upstream's suite calls it: plain HTTPS with JSON, and watches.
import { Agent, request } from 'node:https'
import { createInterface } from 'node:readline'
import { eventually } from '../../support/eventually.ts'
import { callHttps } from '../../support/https-call.ts'

/** An object or a Status; the rest is compared, not read. */
export interface Body {
  readonly kind?: string
  readonly metadata: {
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly continue?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [more: string]: unknown
  }
  readonly items?: readonly Body[]
  readonly message?: string
  readonly reason?: string
  readonly [more: string]: unknown
}

export interface Answer {
  readonly status: number
  /** {} when it was no JSON. */
  readonly body: Body
  readonly text: string
  readonly headers: NodeJS.Dict<string | string[]>
}

export interface Options {
  readonly type?: 'merge' | 'strategic' | 'json' | 'apply'
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly token?: string
}

export interface WatchEvent {
  readonly type: string
  readonly object: Body
}

const patchTypes = { merge: 'merge-patch+json', strategic: 'strategic-merge-patch+json', json: 'json-patch+json', apply: 'apply-patch+yaml' }

export class Api implements Disposable {
  readonly #host: string
  readonly #port: number
  readonly #token: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false })

  constructor(port: number, token: string, host = '127.0.0.1') {
    this.#host = host
    this.#port = port
    this.#token = token
  }

  /** For what does not speak plain HTTP. */
  get address(): { readonly url: string; readonly token: string } {
    return { url: `wss://${this.#host}:${this.#port}`, token: this.#token }
  }

  /** Any answer. @param line `POST /api/v1/namespaces` */
  async call(line: string, body?: object | string, { type, headers, token = this.#token }: Options = {}): Promise<Answer> {
    const contentType = `application/${type ? patchTypes[type] : 'json'}`
    const reply = await callHttps(this.#port, line, {
      token,
      host: this.#host,
      agent: this.#agent,
      type: contentType,
      ...(body === undefined ? {} : { body }),
      ...(headers ? { headers } : {}),
    })
    const isJson = String(reply.headers['content-type']).startsWith('application/json')
    return { status: reply.status, headers: reply.headers, text: reply.text, body: (isJson && reply.text ? reply.json() : { metadata: {} }) as Body }
  }

  /** @returns the body of an answer that must be a success */
  async must(line: string, body?: object | string, options?: Options): Promise<Body> {
    const { status, text, body: answer } = await this.call(line, body, options)
    if (status >= 300) throw new Error(`${line}: ${status} ${text}`)
    return answer
  }

  /** @param path with a query, without `watch` */
  watch(path: string): Watching {
    return new Watching((signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<AsyncIterable<string>>()
      const target = `${path}${path.includes('?') ? '&' : '?'}watch=true`
      const headers = { authorization: `Bearer ${this.#token}` }
      const outgoing = request({ host: this.#host, port: this.#port, path: target, headers, agent: this.#agent, signal }, (response) =>
        resolve(createInterface({ input: response })),
      )
      outgoing.on('error', reject).end()
      return promise
    })
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

export class Watching implements AsyncDisposable {
  readonly events: WatchEvent[] = []
  readonly #ending = new AbortController()
  readonly #reading: Promise<void>

  constructor(open: (signal: AbortSignal) => Promise<AsyncIterable<string>>) {
    this.#reading = this.#read(open).catch((error: unknown) => {
      if (!this.#ending.signal.aborted) throw error
    })
  }

  async #read(open: (signal: AbortSignal) => Promise<AsyncIterable<string>>): Promise<void> {
    for await (const line of await open(this.#ending.signal)) this.events.push(JSON.parse(line) as WatchEvent)
  }

  /** When the server has ended it. */
  get ended(): Promise<void> {
    return this.#reading
  }

  /** Waits for one that has come or comes. */
  async until(type: string, matches: (object: Body) => boolean = () => true): Promise<Body> {
    return eventually(() => {
      const found = this.events.find((event) => event.type === type && matches(event.object))
      if (!found) throw new Error(`no ${type} among ${JSON.stringify(this.events.map((event) => [event.type, event.object.metadata?.name]))}`)
      return found.object
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort()
    await this.#reading
  }
}

/** Whether the second object was written after the first. */
export const isNewer = (old: Body, now: Body) => BigInt(now.metadata.resourceVersion!) > BigInt(old.metadata.resourceVersion!)

let count = 0
/** A name that no other test has. */
export const unique = (prefix: string) => `${prefix}-${++count}`
