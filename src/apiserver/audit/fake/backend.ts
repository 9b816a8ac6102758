// A back end that keeps what it gets, for tests.
import type { AuditBackend } from '../backend.ts'
import { AuditEvent, type EventFields } from '../event.ts'

export interface FakeBackend extends AuditBackend {
  readonly batches: (readonly AuditEvent[])[]
  /** `RequestReceived`, `ResponseComplete 200`, ... */
  readonly stages: string[]
  readonly last: EventFields
  /** What process() gives back from now on. */
  result: boolean | Promise<boolean>
  closed: boolean
}

export function fakeBackend(result: boolean | Promise<boolean> = true): FakeBackend {
  const batches: (readonly AuditEvent[])[] = []
  return {
    batches,
    result,
    closed: false,
    get stages() {
      return batches.flat().map(({ fields: { stage, responseStatus } }) => (responseStatus ? `${stage} ${responseStatus.code}` : stage))
    },
    get last() {
      return batches.flat().at(-1)!.fields
    },
    process(events) {
      batches.push(events)
      return this.result
    },
    close() {
      this.closed = true
      return Promise.resolve()
    },
  }
}

/** An event of which nothing more is known than must be. */
export const leastFields: EventFields = {
  level: 'Metadata',
  auditId: 'id',
  stage: 'ResponseComplete',
  requestUri: '/',
  verb: 'get',
  user: undefined,
  impersonatedUser: undefined,
  impersonationConstraint: '',
  sourceIps: [],
  userAgent: '',
  objectRef: undefined,
  responseStatus: undefined,
  requestObject: undefined,
  responseObject: undefined,
  receivedMs: 0,
  stageMs: 0,
  annotations: new Map(),
}

/** An event of some request. */
export const someEvent = (fields: Partial<EventFields> = {}) => new AuditEvent({ ...leastFields, ...fields })
