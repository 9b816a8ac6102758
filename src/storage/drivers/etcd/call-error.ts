// What etcd, or the way to it, says when a request fails. Source: etcd api/v3rpc/rpctypes/error.go, client/v3/retry_interceptor.go.
import { type ServiceError, status } from '@grpc/grpc-js'
import { NoSpaceError, StorageUnavailableError } from '../../storage.ts'

/** A request that etcd refused or did not answer; `message` is what Go's client says. */
export class CallError extends StorageUnavailableError {
  readonly code: status
  readonly details: string

  constructor({ code, details: text }: Pick<ServiceError, 'code' | 'details'>, cause?: unknown) {
    const details = text.replace(/ Resolution note: $/, '')
    super(details.startsWith('etcdserver: ') ? details : `rpc error: code = ${codeName(code)} desc = ${details}`, { cause })
    this.code = code
    this.details = details
  }

  /** Nobody was reached, or the one that was is no member of a working cluster now: another endpoint may answer. */
  get isUnavailable(): boolean {
    return this.code === status.UNAVAILABLE
  }

  /** The request never left: also a write may be sent again. */
  get wasNotSent(): boolean {
    return this.isUnavailable && /^(No connection established|Name resolution failed)/.test(this.details)
  }
}

const says = (text: string) => (error: unknown) => error instanceof CallError && error.details.startsWith(`etcdserver: ${text}`)

export const isCompacted = says('mvcc: required revision has been compacted')
export const isFutureRevision = says('mvcc: required revision is a future revision')
export const isLeaseNotFound = says('requested lease not found')
export const isLeaseTaken = says('lease already exists')
const isNoSpace = says('mvcc: database space exceeded')

/** As the store's contract has it, where it has a name for it. */
export function asStorageError(error: unknown): unknown {
  return isNoSpace(error) ? new NoSpaceError('database space exceeded', { cause: error }) : error
}

/** `14` -> `Unavailable` */
function codeName(code: status): string {
  const words = (status[code] ?? 'UNKNOWN').toLowerCase().split('_')
  return words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
}
