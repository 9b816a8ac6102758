// What goes wrong between the server and a webhook, in the words of Go's HTTP client, which people search for.
// Source: Go net, crypto/tls, net/http; k8s.io/apiserver pkg/util/webhook/error.go.
import { ApiError, internalError, type Status } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'

/** The webhook could not be asked, or has not answered as it must: failurePolicy decides what that means. */
export class CallingWebhookError extends Error {
  override readonly name = 'CallingWebhookError'

  /** HTTP status of what went wrong, as it is counted. */
  readonly code: number

  constructor(webhook: string, why: string, code: number) {
    super(`failed calling webhook ${goQuote(webhook)}: ${why}`)
    this.code = code
  }

  /** The answer to the request, when the policy is to fail. */
  toApiError(): ApiError {
    return internalError(this)
  }
}

interface NetworkError extends Error {
  readonly code?: string
  readonly address?: string
  readonly port?: number
  readonly reason?: string
  readonly host?: string
}

const dialProblems: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connect: connection refused'],
  ['EHOSTUNREACH', 'connect: no route to host'],
  ['ENETUNREACH', 'connect: network is unreachable'],
  ['ETIMEDOUT', 'i/o timeout'],
])
const unknownAuthority = 'certificate signed by unknown authority'
const certificateProblems: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unknownAuthority],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownAuthority],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownAuthority],
  ['CERT_HAS_EXPIRED', 'certificate has expired or is not yet valid'],
  ['CERT_NOT_YET_VALID', 'certificate has expired or is not yet valid'],
])

const joinHostPort = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** What kept a request from being answered. */
export function networkProblem(error: unknown): string {
  const { name, code = '', message, address = '', port = 0, reason = '' } = error as NetworkError
  if (name === 'TimeoutError' || name === 'AbortError') return 'context deadline exceeded'
  const dial = dialProblems.get(code)
  if (dial) return `dial tcp ${joinHostPort(address, port)}: ${dial}`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${(error as { hostname?: string }).hostname ?? ''}: no such host`
  const certificate = certificateProblems.get(code)
  if (certificate) return `tls: failed to verify certificate: x509: ${certificate}`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `tls: failed to verify certificate: x509: ${reason || message}`
  if (code === 'ECONNRESET') return message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer'
  return message
}

/** What an answer that is no success says. Source: k8s.io/client-go rest/request.go (transformResponse). */
export function answerProblem(status: number, body: string): string {
  const told = statusIn(body)
  if (told) return told
  if (status === 404) return 'the server could not find the requested resource'
  if (status === 401) return 'the server has asked for the client to provide credentials'
  if (status === 403) return `forbidden: ${body.trim() || 'unknown'}`
  if (status >= 500) return `an error on the server (${goQuote(body.trim() || 'unknown')}) has prevented the request from succeeding`
  return `the server responded with the status code ${status} but did not return more information`
}

/** The message of a Status, which a webhook made of an API server sends. */
function statusIn(body: string): string | undefined {
  try {
    const { kind, message } = JSON.parse(body) as { readonly kind?: unknown; readonly message?: unknown }
    return kind === 'Status' && typeof message === 'string' && message ? message : undefined
  } catch {
    return undefined // a text: quoted by the caller
  }
}

/** A webhook said no. */
export class WebhookRejection extends ApiError {}

/** Source: k8s.io/apiserver pkg/admission/plugin/webhook/errors/statuserror.go (ToStatusErr). */
export function rejection(webhook: string, result: Partial<Status> = {}): WebhookRejection {
  const denied = `admission webhook ${goQuote(webhook)} denied the request`
  const why = result.message || result.reason
  const code = (result.code ?? 0) < 400 ? 400 : result.code!
  const { reason = '', details, metadata } = result
  return new WebhookRejection(reason, why ? `${denied}: ${why}` : `${denied} without explanation`, {
    code,
    ...(details ? { details } : {}),
    ...(metadata?.continue ? { continue: metadata.continue } : {}),
  })
}

export const dryRunUnsupported = (webhook: string) => new ApiError('BadRequest', `admission webhook ${goQuote(webhook)} does not support dry run`)
