/** What a reconcile reports when it did not fail. Only the framework decides about retries. */
export type Result = { readonly kind: 'done' } | { readonly kind: 'requeue'; readonly afterMs: number }

/** Nothing more to do until something changes. */
export const done: Result = { kind: 'done' }

/** Look again after `ms`, for what comes with time alone (a deadline, a pod becoming available). */
export const requeueAfter = (ms: number): Result => ({ kind: 'requeue', afterMs: ms })

/** Trying again is of no use until the object changes: it is logged and the key forgotten. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}
