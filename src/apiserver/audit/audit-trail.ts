// What filters, admission plugins and handlers see of a request's audit: `request.audit?.annotate(key, value)`. Without auditing
// there is no trail, and what is not recorded is not made: bodies are handed over as functions.
import type { Status } from '../../apimachinery/api-error.ts'
import type { UserInfo } from '../authn/user.ts'

/** Parts of a request whose time is told when the whole was slow. */
export type LatencyPart =
  | 'authentication'
  | 'apf-queue-wait'
  | 'authorization'
  | 'mutating-webhook'
  | 'validating-webhook'
  | 'etcd'
  | 'transform-response-object'
  | 'serialize-response-object'
  | 'response-write'

/** Measures a part of a request, from here to the call of what is returned; undefined: nobody wants to know. */
export type TimePart = (part: LatencyPart) => (() => void) | undefined

/** What of a sent object becomes part of the event's objectRef. */
export interface AuditedMetadata {
  readonly name?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
}

export interface AuditTrail {
  /**
   * Adds an annotation to the events that follow; the first value of a key stays. May be called at any time, also before the
   * policy has been asked.
   * @param key qualified: `podsecurity.example.com/decision`
   */
  annotate(key: string, value: string): void
  /** Measures a part of the request, from here to the call of what is returned. */
  time(part: LatencyPart): () => void
  /** From here on the request is `user`'s. @param constraint verb of the constrained mode that allowed it; '' for the old one */
  impersonated(user: UserInfo, constraint: string): void
  /** What was sent: completes the objectRef; from level Request on `json` is asked for the body. */
  requestObject(metadata: AuditedMetadata | undefined, json: () => string): void
  /** The Status that the request is answered with. */
  responseStatus(status: Status): void
  /** What is answered; asked for at level RequestResponse only. An iterable (a list in parts) is read when the answer has ended. */
  responseObject(json: () => string | AsyncIterable<string>): void
  /** What is sent will be asked for: level Request and above. */
  readonly recordsBodies: boolean
  /** managedFields are to be left out of recorded objects. */
  readonly omitManagedFields: boolean
  /** The client has gone away, or the request's time is over. */
  aborted(reason: unknown): void
}
