// One watch of a range of etcd's keys, as etcd answers it: events in revision order until it ends, for whatever reason.
// Source: etcd client/v3/watch.go; k8s.io/apiserver pkg/storage/feature/feature_support_checker.go (the versions).
import { CallError } from './call-error.ts'
import type { Connection } from './connection.ts'
import type { KeyRange } from './key-space.ts'
import type { StoredEvent, WatchResponse } from './messages.ts'
import { status } from '@grpc/grpc-js'

export interface WatchListener {
  /** etcd has taken the watch. */
  onCreated(): void
  /** In revision order; those of one revision come together. Never empty. */
  onEvents(events: readonly StoredEvent[]): void
  /** There is nothing more up to this revision. */
  onProgress(revision: number): void
  /** Called once, last. @param compactRevision not 0: what was asked for is gone, and this is the oldest revision left */
  onEnd(error: CallError, compactRevision: number): void
}

export interface WatchStreamOptions {
  readonly connection: Connection
  readonly range: KeyRange
  /** Inclusive. */
  readonly startRevision: number
  /** Whether answers to progress requests can be believed, see {@link answersProgress}. */
  readonly progressCounts: boolean
  readonly listener: WatchListener
}

export interface WatchStream {
  requestProgress(): void
  /** Nothing is heard of it any more. */
  close(): void
}

export function openWatchStream({ connection, range, startRevision, progressCounts, listener }: WatchStreamOptions): WatchStream {
  const stream = connection.openWatch(onResponse, (error) => listener.onEnd(error, 0))

  function onResponse(response: WatchResponse): void {
    const { created, canceled, compactRevision, cancelReason, events, watchId, header } = response
    if (canceled) {
      stream.cancel()
      return listener.onEnd(new CallError({ code: status.CANCELLED, details: cancelReason || 'etcd has ended the watch' }), compactRevision)
    }
    if (created) return listener.onCreated()
    if (events.length > 0) return listener.onEvents(events)
    // What etcd says of this watch by itself is in order with its events.
    if (progressCounts || watchId >= 0) listener.onProgress(header.revision)
  }

  stream.write({ createRequest: { ...range, startRevision, progressNotify: true, prevKv: true } })
  return { requestProgress: () => stream.write({ progressRequest: {} }), close: () => stream.cancel() }
}

/**
 * Before 3.4.31 and 3.5.13 an answer to a progress request may come before events that it speaks of (etcd issues 15220, 17507).
 * @param version `3.4.23`
 */
export function answersProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number)
  if (major !== 3) return major > 3
  return minor > 5 || (minor === 5 && patch >= 13) || (minor === 4 && patch >= 31)
}

/** The oldest revision that can be read; something must have been compacted. @throws {CallError} */
export function readCompactRevision(connection: Connection): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  // A watch of the first revision is told why it cannot be.
  const stream = openWatchStream({
    connection,
    range: { key: Buffer.from([0]), rangeEnd: Buffer.alloc(0) },
    startRevision: 1,
    progressCounts: false,
    listener: {
      onCreated() {},
      onEvents() {},
      onProgress() {},
      onEnd: (error, compactRevision) => (compactRevision > 0 ? resolve(compactRevision) : reject(error)),
    },
  })
  return promise.finally(() => stream.close())
}
