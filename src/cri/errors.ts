import { status } from '@grpc/grpc-js'

/** A call that the container runtime refused or did not answer. `code` is the gRPC status by name: `NOT_FOUND`. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError'
  readonly code: keyof typeof status
  /** The CRI method: `CreateContainer`. */
  readonly method: string

  constructor(method: string, code: keyof typeof status, message: string, options?: ErrorOptions) {
    super(message, options)
    this.method = method
    this.code = code
  }
}

const is =
  (...codes: (keyof typeof status)[]) =>
  (error: unknown): error is RuntimeError =>
    error instanceof RuntimeError && codes.includes(error.code)

export const isNotFound = is('NOT_FOUND')
export const isDeadlineExceeded = is('DEADLINE_EXCEEDED')
/** The runtime's socket is gone or refuses: it is (re)starting. */
export const isUnavailable = is('UNAVAILABLE')
export const isUnimplemented = is('UNIMPLEMENTED')

/** `4` -> `DEADLINE_EXCEEDED`. */
export function codeName(code: number | undefined): keyof typeof status {
  return (status[code ?? status.UNKNOWN] ?? 'UNKNOWN') as keyof typeof status
}
