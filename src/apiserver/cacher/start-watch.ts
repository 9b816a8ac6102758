// Where a watch begins. Source: k8s.io/apiserver pkg/storage/cacher/cacher.go (Watch), KEP-3157 (sendInitialEvents).
import { ApiError } from '../../apimachinery/api-error.ts'
import type { Cacher } from './cacher.ts'
import { type Selection, selects } from './selection.ts'
import type { Watcher } from './watcher.ts'

export interface WatchRequest {
  readonly selection: Selection
  /** '' and '0': the current state comes first. */
  readonly resourceVersion: string
  readonly sendInitialEvents: boolean | undefined
  readonly allowBookmarks: boolean
  readonly timeoutMs: number
}

/** @throws {ApiError} 410 when events since the resourceVersion are gone, 504 when the initial state lies in the future */
export async function startWatch(cacher: Cacher, request: WatchRequest): Promise<Watcher> {
  const { selection, resourceVersion, sendInitialEvents } = request
  const wanted = Number(resourceVersion || 0)
  const stateFirst = sendInitialEvents ?? wanted === 0
  if (resourceVersion === '') await cacher.fresh()
  else if (stateFirst && !(await cacher.waitFor(wanted))) {
    throw new ApiError('Timeout', `Too large resource version: ${wanted}, current: ${cacher.revision}`, {
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
    })
  }
  const common = { bookmarks: request.allowBookmarks, timeoutMs: request.timeoutMs }
  if (stateFirst) {
    const initial = cacher.range(selection.prefix).filter((entry) => selects(selection, entry))
    return cacher.watch(selection, {
      ...common,
      initial,
      initialEventsEndAt: sendInitialEvents && request.allowBookmarks ? cacher.revision : undefined,
      position: cacher.ring.end,
      after: 0,
    })
  }
  const none = { ...common, initial: [], initialEventsEndAt: undefined }
  if (wanted === 0) return cacher.watch(selection, { ...none, position: cacher.ring.end, after: 0 })
  if (wanted < cacher.ring.since) {
    throw new ApiError('Expired', `too old resource version: ${wanted} (${cacher.ring.since})`)
  }
  return cacher.watch(selection, { ...none, position: cacher.ring.after(wanted), after: wanted })
}
