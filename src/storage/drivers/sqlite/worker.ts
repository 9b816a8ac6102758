// The thread that owns the file. It answers in the order of asking, except for backups, which run beside everything else.
//
// Group commit: when it turns to an append, it takes along every append that has arrived by then. While it waits for one fsync, the main
// thread's next batches pile up in the port; they become the next transaction.

import { receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

import type { Entry } from '../../engine/log.ts'
import { writeBackup } from './backup.ts'
import { dropSome, markCompacted } from './compaction.ts'
import { openDatabase, readMeta } from './database.ts'
import { lockDirectory, prepareDirectory } from './directory.ts'
import { isCorruption, StorageOpenError } from './errors.ts'
import type { Append, Call, Calls, Reply, Request, WorkerOptions } from './protocol.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Appended bytes that one transaction takes at most (a single batch may be larger). */
const transactionBytesMax = 8 * 2 ** 20
/** Values per message while loading: large enough to be cheap, small enough that both threads work at the same time. */
const entriesPerMessage = 500

const { port, options } = workerData as { readonly port: MessagePort; readonly options: WorkerOptions }

function post(reply: Reply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(reply, transfer)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

interface Opened {
  readonly calls: Calls
  readonly commit: (batches: readonly Append[]) => void
  readonly close: () => void
}

function open({ directory, quotaBytes }: WorkerOptions): Opened {
  prepareDirectory(directory)
  const unlock = lockDirectory(directory)
  const database = openDatabase(directory)
  const reader = new Reader(database)
  const head = reader.head()
  reader.verifyTail(head)
  sendEntries(reader.entries(head))
  const writer = new Writer(database, head, { directory, quotaBytes })
  post({ type: 'opened', revision: head.revision, compactRevision: readMeta(database, 'compact_revision'), leases: reader.leases(), space: writer.space() })
  return {
    commit(batches) {
      writer.commit(batches)
      post({ type: 'appended', count: batches.length, ...(writer.isSpaceDue() && { space: writer.space() }) })
      writer.checkpointIfDue()
    },
    calls: {
      get: (key, revision) => reader.get(key, revision),
      list: (prefix, from, limit, revision) => reader.list(prefix, from, limit, revision),
      events: (prefix, after, upTo) => reader.events(prefix, after, upTo),
      markCompacted: (revision) => markCompacted(database, revision),
      dropSome: () => dropSome(database),
      verifySome: (cursor) => reader.verifySome(cursor),
      digest: () => writer.digest(),
      backup: (toFile) => writeBackup(directory, toFile),
    },
    close() {
      database.close()
      unlock()
      port.close()
    },
  }
}

function sendEntries(entries: Iterable<Entry>): void {
  let some: Entry[] = []
  const send = (): void => {
    post(
      { type: 'entries', entries: some },
      some.map((entry) => entry.value.buffer as ArrayBuffer),
    )
    some = []
  }
  for (const entry of entries) if (some.push(entry) >= entriesPerMessage) send()
  if (some.length > 0) send()
}

function serve({ calls, commit, close }: Opened): void {
  const next = (): Request | undefined => (receiveMessageOnPort(port) as { readonly message: Request } | undefined)?.message

  function handle(first: Request): void {
    let request: Request | undefined = first
    while (request) {
      if (request.type === 'append') {
        const batches: Append[] = []
        let bytes = 0
        do {
          batches.push(request)
          bytes += request.values.byteLength
          request = next()
        } while (request?.type === 'append' && bytes < transactionBytesMax)
        commit(batches)
      } else if (request.type === 'call') {
        answer(request)
        request = next()
      } else {
        return close()
      }
    }
  }

  function answer({ id, method, args }: Call): void {
    const value = (calls[method] as (...args: readonly unknown[]) => unknown)(...args)
    if (!(value instanceof Promise)) return post({ type: 'result', id, value })
    value.then(
      (value: unknown) => post({ type: 'result', id, value }),
      (error: unknown) => post({ type: 'error', id, message: messageOf(error) }),
    )
  }

  port.on('message', (request: Request) => {
    try {
      handle(request)
    } catch (error) {
      // Nothing is tried again: after a failed fsync the kernel may call lost pages clean.
      post({ type: 'failed', message: messageOf(error) })
      port.close()
    }
  })
}

try {
  serve(open(options))
} catch (error) {
  const reason = error instanceof StorageOpenError ? error.reason : isCorruption(error) ? 'Corrupt' : 'Failed'
  post({ type: 'refused', reason, message: reason === 'Corrupt' ? `the store in ${options.directory} is corrupt: ${messageOf(error)}` : messageOf(error) })
  port.close()
}
