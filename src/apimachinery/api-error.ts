// Errors that an API server answers and a client receives: one class, one Status.
// Source: k8s.io/apimachinery pkg/api/errors/errors.go, pkg/apis/meta/v1/types.go (reasons and codes).

export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** meta/v1 Status as it goes over the wire. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: { readonly continue?: string }
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: StatusReason
  readonly details?: StatusDetails
  readonly code?: number
}

/** Reason -> HTTP status. */
const codes = {
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Invalid: 422,
  ServerTimeout: 500,
  StoreReadError: 500,
  Timeout: 504,
  TooManyRequests: 429,
  BadRequest: 400,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  Expired: 410,
  ServiceUnavailable: 503,
} as const

export type StatusReason = keyof typeof codes

export interface ApiErrorOptions {
  readonly details?: StatusDetails
  /** When it differs from the reason's usual status (a 409 answered with 503, say). */
  readonly code?: number
  /** `metadata.continue` of the Status: the fresh token of an expired list. */
  readonly continue?: string
  readonly cause?: unknown
}

/** A refused request. `reason` is empty only for answers that carry no Status reason. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly reason: StatusReason | ''
  readonly code: number
  readonly details: StatusDetails | undefined
  readonly continue: string | undefined

  constructor(reason: StatusReason | '', message: string, options: ApiErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.code = options.code ?? (reason === '' ? 500 : codes[reason])
    this.details = options.details
    this.continue = options.continue
  }

  /** The Status this error is answered with. */
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.continue ? { continue: this.continue } : {},
      status: 'Failure',
      ...(this.message ? { message: this.message } : {}),
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    }
  }

  /** @param status a decoded Status body; anything else becomes an unclassified error with the HTTP code */
  static fromStatus(status: Partial<Status>, httpCode: number): ApiError {
    return new ApiError(status.reason ?? '', status.message ?? `the server responded with the status code ${httpCode}`, {
      code: status.code ?? httpCode,
      ...(status.details ? { details: status.details } : {}),
      ...(status.metadata?.continue ? { continue: status.metadata.continue } : {}),
    })
  }
}

const is = (reason: StatusReason) => (error: unknown) => error instanceof ApiError && error.reason === reason

export const isNotFound = is('NotFound')
export const isAlreadyExists = is('AlreadyExists')
export const isConflict = is('Conflict')
export const isForbidden = is('Forbidden')
export const isUnauthorized = is('Unauthorized')
export const isInvalid = is('Invalid')
export const isMethodNotSupported = is('MethodNotAllowed')

/** The resourceVersion or continue token is too old: list again. */
export const isGone = (error: unknown) => error instanceof ApiError && (error.reason === 'Expired' || error.reason === 'Gone')

export interface Resource {
  readonly group: string
  readonly plural: string
}

/** `deployments.apps`, `pods`: how messages name a resource. */
export const qualified = ({ group, plural }: Resource) => (group ? `${plural}.${group}` : plural)
const details = ({ group, plural }: Resource, name: string): StatusDetails => ({ ...(name ? { name } : {}), ...(group ? { group } : {}), kind: plural })

export const notFound = (resource: Resource, name: string) =>
  new ApiError('NotFound', `${qualified(resource)} "${name}" not found`, { details: details(resource, name) })
export const alreadyExists = (resource: Resource, name: string) =>
  new ApiError('AlreadyExists', `${qualified(resource)} "${name}" already exists`, { details: details(resource, name) })
export const conflict = (resource: Resource, name: string, why: string) =>
  new ApiError('Conflict', `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, { details: details(resource, name) })
export const forbidden = (resource: Resource, name: string, why: string) =>
  new ApiError('Forbidden', name ? `${qualified(resource)} "${name}" is forbidden: ${why}` : `${qualified(resource)} is forbidden: ${why}`, {
    details: details(resource, name),
  })
export const badRequest = (message: string) => new ApiError('BadRequest', message)
export const internalError = (cause: unknown) => {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new ApiError('InternalError', `Internal error occurred: ${message}`, { details: { causes: [{ message }] }, cause })
}
