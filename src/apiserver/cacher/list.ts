// Lists: from the cache when it holds the state that is asked for, from the store's history otherwise.
// Source: k8s.io/apiserver pkg/storage/cacher/{cacher,delegator}.go, pkg/storage/etcd3/store.go (GetList).
import { ApiError, badRequest } from '../../apimachinery/api-error.ts'
import { CompactedError, FutureRevisionError, type KeyValue, type Storage } from '../../storage/storage.ts'
import type { Cacher } from './cacher.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import type { Entry } from './entry.ts'
import type { Selection } from './selection.ts'

export interface ListRequest {
  readonly selection: Selection
  /** 0: no limit. */
  readonly limit: number
  readonly continue: string
  /** As sent; already checked to be a number or empty. */
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
}

export interface ListAnswer {
  readonly entries: readonly Entry[]
  readonly revision: number
  /** '' when the list is complete. */
  readonly continue: string
  /** Exact; undefined when complete, or when selectors hide how many are left. */
  readonly remaining: number | undefined
}

/** Keys read from the store at once, for lists of the past. */
const storePageMax = 1000

const tooLarge = (revision: number, current: number) =>
  new ApiError('Timeout', `Too large resource version: ${revision}, current: ${current}`, {
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  })

/** @throws {ApiError} 410 when the revision has been compacted, 504 when it lies in the future */
export async function list(cacher: Cacher, storage: Pick<Storage, 'list'>, entryOf: (item: KeyValue) => Entry, request: ListRequest): Promise<ListAnswer> {
  const { selection } = request
  if (request.continue) {
    if (request.resourceVersion && request.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue')
    }
    const token = decodeContinue(request.continue, selection.prefix)
    if (token.revision < 0) {
      await freshOrFail(cacher)
      return page(cacher.range(selection.prefix, token.from), request, cacher.revision)
    }
    return at(token.revision, token.from, request)
  }
  // One object has no pages; nor has a list for whoever takes any state.
  const limit = selection.single || request.resourceVersion === '0' ? 0 : request.limit
  const first = { ...request, limit }
  const wanted = Number(request.resourceVersion || 0)
  if (request.resourceVersion === '') await freshOrFail(cacher)
  else if (wanted > 0) {
    if (!(await cacher.waitFor(wanted))) throw tooLarge(wanted, cacher.revision)
    const exact = request.resourceVersionMatch === 'Exact' || (request.resourceVersionMatch === '' && limit > 0)
    if (exact) return at(wanted, undefined, first)
  }
  return page(cacher.range(selection.prefix), first, cacher.revision)

  async function at(revision: number, from: string | undefined, wants: ListRequest): Promise<ListAnswer> {
    if (cacher.changedAt <= revision && revision <= cacher.revision) return page(cacher.range(selection.prefix, from), wants, revision)
    try {
      return await pageOfPast(storage, entryOf, wants, revision, from)
    } catch (error) {
      if (error instanceof FutureRevisionError) throw tooLarge(revision, error.currentRevision)
      if (error instanceof CompactedError) throw expired(request, from)
      throw error
    }
  }
}

async function freshOrFail(cacher: Cacher): Promise<void> {
  if (!(await cacher.fresh())) {
    throw new ApiError('Timeout', 'Timeout: Too large resource version, the watch cache is behind the store', {
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
    })
  }
}

function page(entries: readonly Entry[], { selection, limit }: ListRequest, revision: number): ListAnswer {
  const { matches, prefix } = selection
  if (limit <= 0) return { entries: matches ? entries.filter(matches) : entries, revision, continue: '', remaining: undefined }
  const shown: Entry[] = []
  let seen = 0
  while (seen < entries.length && shown.length < limit) {
    const entry = entries[seen++]!
    if (!matches || matches(entry)) shown.push(entry)
  }
  if (seen === entries.length) return { entries: shown, revision, continue: '', remaining: undefined }
  return {
    entries: shown,
    revision,
    // What is left need not match, and the next key need not exist: it is right behind the last one shown, as upstream writes it.
    continue: encodeContinue({ revision, from: `${shown.at(-1)!.key}\0` }, prefix),
    remaining: matches ? undefined : entries.length - seen,
  }
}

async function pageOfPast(
  storage: Pick<Storage, 'list'>,
  entryOf: (item: KeyValue) => Entry,
  { selection, limit }: ListRequest,
  revision: number,
  start: string | undefined,
): Promise<ListAnswer> {
  const { matches, prefix } = selection
  const entries: Entry[] = []
  let from = start
  for (;;) {
    const read = matches ? storePageMax : limit > 0 ? limit : 0
    const chunk = await storage.list(prefix, { revision, ...(from === undefined ? {} : { from }), ...(read > 0 ? { limit: read } : {}) })
    for (const [index, item] of chunk.items.entries()) {
      const entry = entryOf(item)
      if (matches && !matches(entry)) continue
      entries.push(entry)
      const behind = chunk.items.length - index - 1 + chunk.remaining
      if (limit > 0 && entries.length === limit && behind > 0) {
        return {
          entries,
          revision,
          continue: encodeContinue({ revision, from: `${item.key}\0` }, prefix),
          remaining: matches ? undefined : behind,
        }
      }
    }
    if (chunk.remaining === 0) return { entries, revision, continue: '', remaining: undefined }
    from = `${chunk.items.at(-1)!.key}\0`
  }
}

function expired(request: ListRequest, from: string | undefined): ApiError {
  if (!request.continue) return new ApiError('Expired', 'The resourceVersion for the provided list is too old.')
  return new ApiError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    { continue: encodeContinue({ revision: -1, from: from! }, request.selection.prefix) },
  )
}
