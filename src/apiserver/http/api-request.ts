// What a request is inside the API server, whatever carried it (h2, HTTP/1.1, the in-process transport).
import type { Duplex } from 'node:stream'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { UserInfo } from '../authn/user.ts'

/**
 * What a path and method mean; authorization, audit, flow control and routing all read this one parse.
 * Source: k8s.io/apiserver pkg/endpoints/request/requestinfo.go.
 */
export interface RequestInfo {
  readonly isResourceRequest: boolean
  /** The path as sent, percent-decoded segment by segment; for non-resource rules. */
  readonly path: string
  /** `get list watch create update patch delete deletecollection`, or the lower-case method for non-resource requests. */
  readonly verb: string
  /** `api` or `apis`; '' for non-resource requests. */
  readonly apiPrefix: string
  readonly apiGroup: string
  readonly apiVersion: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** Segments after the resource: `[resource, name, subresource, ...]`. */
  readonly parts: readonly string[]
  readonly fieldSelector: string
  readonly labelSelector: string
}

export interface ApiRequest {
  readonly method: string
  /** Path without query, as sent (still percent-encoded). */
  readonly rawPath: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly info: RequestInfo
  readonly user: UserInfo
  /** Names the request in the audit log, in log lines and, as Audit-Id, in its answer. */
  readonly auditId: string
  /** What is recorded of the request; undefined without auditing. */
  readonly audit?: AuditTrail | undefined
  readonly remoteAddress: string
  /** Aborts when the client goes away, the request times out or the server shuts down. */
  readonly signal: AbortSignal
  /** The whole body, gunzipped. @throws {ApiError} 413 over 3 MiB, 400 for a broken one */
  body(): Promise<Uint8Array>
  /** The body as it arrives, for proxying. At most one of body() and bodyStream() is called. */
  bodyStream(): AsyncIterable<Uint8Array>
  /** Adds a `Warning: 299 - "..."` header to the answer; duplicates are dropped. Has no effect once headers are sent. */
  warn(message: string): void
  /** What the answer warns of so far. */
  readonly warnings: { readonly texts: readonly string[] }
  /** The client asks for another protocol on this connection (`Connection: Upgrade`, RFC 8441). */
  readonly wantsUpgrade: boolean
}

/** Several pieces are sent as one: joined by whoever sends them, so that the handler need not copy what it holds. */
export type BodyChunk = Uint8Array | string | readonly Uint8Array[]

export interface ApiResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Strings are sent as UTF-8. A stream is sent chunk by chunk, headers first and at once; ending it early is the handler's duty on `signal`. */
  readonly body?: Uint8Array | string | AsyncIterable<BodyChunk>
  /** A body in parts is a document that ends by itself (a list), and may be compressed; a watch or a log is not. */
  readonly isDocument?: boolean
  /** Of a watch: resolves when the state that it begins with is on its way; undefined: at once. Until then it counts as a list. */
  readonly initialized?: Promise<void>
  /**
   * Takes over the connection of an upgrade request (only when `wantsUpgrade`): the handler writes the whole answer,
   * status line included, and owns the socket until it closes.
   */
  readonly takeOver?: (socket: Duplex, head: Uint8Array) => void
}

export type Handler = (request: ApiRequest) => Promise<ApiResponse>

/** Whether an answer's body comes bit by bit. */
export const isStream = (body: ApiResponse['body']): body is AsyncIterable<BodyChunk> =>
  body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)
