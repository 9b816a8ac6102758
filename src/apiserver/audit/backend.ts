// Where events go. A back end never throws and never rejects: what it cannot record it counts and reports (see LossReport), for
// a request must not fail by accident of its own audit.
import type { AuditEvent } from './event.ts'

export interface AuditBackend {
  /**
   * @returns false: not recorded, and the request is to be refused for it (blocking-strict mode). A promise: the caller has to
   * wait, that is what blocking modes are.
   */
  process(events: readonly AuditEvent[]): boolean | Promise<boolean>
  /** Records what is still held, then ends. Nothing is processed after it. Never rejects. */
  close(): Promise<void>
}

/** Whether each of several attempts has recorded its events; waits only if one of them does. */
export function allRecorded(results: readonly (boolean | Promise<boolean>)[]): boolean | Promise<boolean> {
  if (results.every((result) => typeof result === 'boolean')) return results.every(Boolean)
  return Promise.all(results.map((result) => Promise.resolve(result))).then((all) => all.every(Boolean))
}

/** All of several; recorded is what all have recorded. */
export function unionBackend(backends: readonly AuditBackend[]): AuditBackend {
  if (backends.length === 1) return backends[0]!
  return {
    process: (events) => allRecorded(backends.map((backend) => backend.process(events))),
    close: async () => void (await Promise.all(backends.map((backend) => backend.close()))),
  }
}

/** `blocking`: the request waits, and goes on whatever has become of its event. */
export function ignoreErrors(backend: AuditBackend): AuditBackend {
  return {
    process(events) {
      const result = backend.process(events)
      return typeof result === 'boolean' ? true : result.then(() => true)
    },
    close: () => backend.close(),
  }
}
