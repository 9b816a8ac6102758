// The main thread's side of the worker: packs writes, matches answers with questions, and notices when the worker is lost.

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

import type { Entry, History, Log, Operation, PutOperation, DeleteOperation, Snapshot, LeaseOperation } from '../../engine/log.ts'
import { StorageFailedError } from '../../storage.ts'
import { StorageOpenError } from './errors.ts'
import { fieldsPerWrite } from './protocol.ts'
import type { Append, Call, Calls, Reply, Request, Space, WorkerOptions } from './protocol.ts'

export interface SqliteLogOptions extends WorkerOptions {
  readonly workerUrl: URL
}

type Waiting = PromiseWithResolvers<unknown>

/** To move memory to another thread costs as much as to copy so much. */
const movedBytesMin = 16 * 1024

export class SqliteLog implements Log {
  readonly #port: MessagePort
  readonly #exited: Promise<void>
  readonly #quotaBytes: number
  readonly #failed = Promise.withResolvers<Error>()
  #failure: Error | undefined
  #closing = false
  #space: Space
  /** Oldest first: the worker confirms in order. */
  #appends: Waiting[] = []
  readonly #calls = new Map<number, Waiting>()
  #lastCallId = 0

  readonly history: History = {
    get: (key, revision) => this.call('get', key, revision),
    list: (prefix, { from, limit, revision }) => this.call('list', prefix, from, limit, revision),
    events: (prefix, after, upTo) => this.call('events', prefix, after, upTo),
    markCompacted: (revision) => this.call('markCompacted', revision),
    dropSome: () => this.call('dropSome'),
  }

  private constructor(port: MessagePort, worker: Worker, exited: Promise<void>, space: Space, quotaBytes: number) {
    this.#port = port
    this.#exited = exited
    this.#space = space
    this.#quotaBytes = quotaBytes
    port.on('message', (reply: Reply) => this.#receive(reply))
    worker.on('error', (error: Error) => this.#fail(error))
    worker.on('exit', () => this.#ended())
  }

  /** @throws {StorageOpenError} */
  static async open({ workerUrl, ...options }: SqliteLogOptions): Promise<{ log: SqliteLog; snapshot: Snapshot }> {
    const { port1, port2 } = new MessageChannel()
    // Without the process's own flags: some (--eval, --input-type) would be taken for the worker's.
    const worker = new Worker(workerUrl, { name: 'storage', execArgv: [], workerData: { port: port2, options }, transferList: [port2] })
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    const { promise, resolve, reject } = Promise.withResolvers<{ log: SqliteLog; snapshot: Snapshot }>()
    const entries: Entry[] = []
    worker.once('error', reject)
    port1.on('message', (reply: Reply) => {
      if (reply.type === 'entries') return void entries.push(...reply.entries)
      if (reply.type === 'refused') return reject(new StorageOpenError(reply.reason, reply.message))
      if (reply.type !== 'opened') return reject(new StorageOpenError('Failed', `unexpected ${reply.type} from the storage thread`))
      port1.removeAllListeners('message')
      worker.removeListener('error', reject)
      const log = new SqliteLog(port1, worker, exited, reply.space, options.quotaBytes)
      return resolve({ log, snapshot: { revision: reply.revision, compactRevision: reply.compactRevision, leases: reply.leases, entries } })
    })
    try {
      return await promise
    } catch (error) {
      await exited
      throw error
    }
  }

  get failed(): Promise<Error> {
    return this.#failed.promise
  }

  append(operations: readonly Operation[]): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const waiting: Waiting = Promise.withResolvers()
    this.#appends.push(waiting)
    const message = pack(operations)
    this.#port.postMessage(message, message.values.byteLength < movedBytesMin ? [] : [message.values.buffer, message.fields.buffer as ArrayBuffer])
    return waiting.promise as Promise<void>
  }

  space(): Space & { readonly quotaBytes: number } {
    return { ...this.#space, quotaBytes: this.#quotaBytes }
  }

  call<M extends keyof Calls>(method: M, ...args: Parameters<Calls[M]>): Promise<Awaited<ReturnType<Calls[M]>>> {
    if (this.#failure) return Promise.reject(this.#failure)
    const waiting: Waiting = Promise.withResolvers()
    const id = ++this.#lastCallId
    this.#calls.set(id, waiting)
    this.#port.postMessage({ type: 'call', id, method, args } satisfies Call)
    return waiting.promise as Promise<Awaited<ReturnType<Calls[M]>>>
  }

  /** Lets calls under way (a backup) end first. The thread's end is the answer. */
  async close(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled([...this.#calls.values()].map((call) => call.promise))
    if (!this.#failure) this.#port.postMessage({ type: 'close' } satisfies Request)
    this.#closing = true
    await this.#exited
  }

  /** The thread is gone. What it said last (why, perhaps) may still be on its way here: it is heard first. */
  #ended(): void {
    if (this.#closing) return
    for (let last = receiveMessageOnPort(this.#port); last; last = receiveMessageOnPort(this.#port)) this.#receive(last.message as Reply)
    this.#fail(new Error('the storage thread has ended'))
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'appended':
        if (reply.space) this.#space = reply.space
        for (const waiting of this.#appends.splice(0, reply.count)) waiting.resolve(undefined)
        return
      case 'result':
        return this.#take(reply.id)?.resolve(reply.value)
      case 'error':
        return this.#take(reply.id)?.reject(new Error(reply.message))
      case 'failed':
        return this.#fail(new StorageFailedError(`the storage has failed: ${reply.message}`))
      case 'entries':
      case 'opened':
      case 'refused':
        return this.#fail(new Error(`unexpected ${reply.type} from the storage thread`))
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#calls.get(id)
    this.#calls.delete(id)
    return waiting
  }

  #fail(error: Error): void {
    if (this.#failure) return
    this.#failure = error
    for (const waiting of [...this.#appends, ...this.#calls.values()]) waiting.reject(error)
    this.#appends = []
    this.#calls.clear()
    this.#failed.resolve(error)
  }
}

const isWrite = (operation: Operation): operation is PutOperation | DeleteOperation => 'key' in operation
const isLease = (operation: Operation): operation is LeaseOperation => !('key' in operation)

/** The one copy of a value on its way to the disk is made here. */
function pack(operations: readonly Operation[]): Append {
  const writes = operations.filter(isWrite)
  const fields = new Float64Array(writes.length * fieldsPerWrite)
  const values = new Uint8Array(writes.reduce((bytes, write) => bytes + (write.type === 'put' ? write.current.value.byteLength : 0), 0))
  let offset = 0
  for (const [i, write] of writes.entries()) {
    const isPut = write.type === 'put'
    const { createRevision, leaseId } = isPut ? write.current : write.previous
    const length = isPut ? write.current.value.byteLength : 0
    fields.set([isPut ? 0 : 1, write.revision, createRevision, write.previous?.modRevision ?? 0, leaseId, length], i * fieldsPerWrite)
    if (isPut) values.set(write.current.value, offset)
    offset += length
  }
  return { type: 'append', keys: writes.map((write) => write.key), fields, values, leases: operations.filter(isLease) }
}
