// How bytes travel between a component and an API server. Over HTTPS, or within one process; a transport and never a
// shortcut: authentication, authorization, admission and encoding are the server's and always apply.

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
  /** Path and query, already encoded: `/api/v1/pods?limit=500`. */
  readonly path: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Aborting closes the request, also while its body is being read. */
  readonly signal?: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Consumed at most once. Chunks of a watch arrive as the server writes them. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface Transport {
  /**
   * Sends one request and resolves when the response headers are there.
   * @throws {TransportError} when no answer came; an HTTP error status is an answer
   */
  request(request: TransportRequest): Promise<TransportResponse>
  /** Closes idle and open connections; requests fail from now on. Idempotent. */
  close(): void
}

/** No answer: connection refused, reset, TLS failure, server gone in mid-answer. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
}
