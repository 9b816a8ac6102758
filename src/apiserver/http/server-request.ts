// One request inside the server: made by a carrier (h2 stream, HTTP/1.1 message, in-process call), filled in by the filters
// of the handler chain, read by handlers through the narrower ApiRequest.
import type { Readable } from 'node:stream'
import { parseGoQuery } from '../../util/go-query.ts'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { ClientCertificate } from '../authn/authenticator.ts'
import type { UserInfo } from '../authn/user.ts'
import { anonymous } from '../authn/well-known-users.ts'
import type { ApiRequest, ApiResponse, RequestInfo } from './api-request.ts'
import type { BodyPlace, BodyPlaces } from './body-places.ts'
import { readBody } from './request-body.ts'
import { Warnings } from './warnings.ts'

/** What a carrier knows of a request. */
export interface RequestSource {
  readonly method: string
  /** Path and query as sent. */
  readonly target: string
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Each value of a repeated header by itself. */
  headerValues(name: string): readonly string[]
  readonly remoteAddress: string
  readonly clientCertificate: ClientCertificate | undefined
  readonly wantsUpgrade: boolean
  readonly isHttp2?: boolean
  /** From a component of this process, which has no other server to turn to. */
  readonly isInProcess?: boolean
  readonly body: Readable | Uint8Array | undefined
}

export type ChainHandler = (request: ServerRequest) => Promise<ApiResponse>

/** Most requests have none; nobody writes to a request's query. */
const noQuery = new URLSearchParams()

export class ServerRequest implements ApiRequest {
  readonly method: string
  readonly rawPath: string
  /** As sent, but for a token that has been taken out. */
  headers: Readonly<Record<string, string | undefined>>
  readonly source: RequestSource
  /** Set by the request-info filter. */
  info: RequestInfo = undefined as unknown as RequestInfo
  /** Set by the authentication and impersonation filters. */
  user: UserInfo = anonymous
  /** Who really sent the request, when `user` is impersonated. */
  impersonator: UserInfo | undefined
  auditId = ''
  /** How long it may take, as the deadline filter has read it; undefined: no limit. */
  timeoutMs: number | undefined
  /** Which flow schema and priority level took it, as headers of its answer. */
  flowControlHeaders: Readonly<Record<string, string>> | undefined
  /** The connection ends when what is under way on it has been answered. */
  closeConnection = false
  /** Set by the audit filters. */
  audit: AuditTrail | undefined
  readonly warnings = new Warnings()
  readonly #search: string
  #query: URLSearchParams | undefined
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined
  #onEnd: (() => void)[] | undefined
  readonly #places: BodyPlaces | undefined
  #place: BodyPlace | undefined

  /** @param places for large bodies; undefined: its sender holds the body anyway */
  constructor(source: RequestSource, places?: BodyPlaces) {
    this.#places = places
    const at = source.target.indexOf('?')
    this.method = source.method
    this.headers = source.headers
    this.source = source
    this.rawPath = at < 0 ? source.target : source.target.slice(0, at)
    this.#search = at < 0 ? '' : source.target.slice(at + 1)
  }

  get query(): URLSearchParams {
    return (this.#query ??= this.#search === '' ? noQuery : parseGoQuery(this.#search))
  }

  get remoteAddress(): string {
    return this.source.remoteAddress
  }

  get wantsUpgrade(): boolean {
    return this.source.wantsUpgrade
  }

  /** Made when first asked for: most requests are answered before anybody looks. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  /** The client went away, time ran out, or the server stops. Idempotent. */
  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = { reason }
    this.#controller?.abort(reason)
    this.audit?.aborted(reason)
  }

  /** `fn` is called once the answer is complete or given up, streams included. Kept for long-running requests by the drain filter. */
  onEnd(fn: () => void): void {
    ;(this.#onEnd ??= []).push(fn)
  }

  /** Idempotent. */
  end(): void {
    const callbacks = this.#onEnd
    if (!callbacks) return
    this.#onEnd = undefined
    for (const fn of callbacks) fn()
  }

  body(): Promise<Uint8Array> {
    const places = this.#places
    return readBody(this.source.body, this.headers, places && (() => (this.#place ??= places.take())))
  }

  /** It has been answered: nobody works on its body any more. Idempotent. */
  leavePlace(): void {
    this.#place?.leave()
  }

  bodyStream(): AsyncIterable<Uint8Array> {
    const { body } = this.source
    if (body === undefined) return empty()
    return body instanceof Uint8Array ? once(body) : (body as AsyncIterable<Uint8Array>)
  }

  warn(message: string): void {
    this.warnings.add(message)
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}
