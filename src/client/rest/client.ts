import type { KubeObject, New } from '../../api/object.ts'
import type { ResourceType } from '../../api/resources.ts'
import { ApiError, type Status } from '../../apimachinery/api-error.ts'
import { type Clock, systemClock } from '../../util/clock.ts'
import type { Client, DeleteOptions, List, ListOptions, ObjectName, PatchBody, WatchEvent, WatchOptions, WriteOptions } from '../client.ts'
import { type Transport, TransportError, type TransportRequest, type TransportResponse } from '../transport/transport.ts'
import { listQuery, queryString, resourcePath, watchQuery, writeQuery } from './path.ts'
import { lines } from './watch-frames.ts'

export interface ClientOptions {
  /** `kube-scheduler/v1.36.2 (linux/amd64) coxswain`: the default field manager is what stands before the first slash. */
  readonly userAgent: string
  /** Ask for PartialObjectMetadata: objects come with metadata only (and their own apiVersion and kind). Reads only. */
  readonly metadataOnly?: boolean
  readonly clock?: Clock
}

/** The server gives up a request after 60 s; waiting a little longer gets its answer rather than our guess. */
const requestTimeoutMs = 70_000
/** Answers with Retry-After that are followed before the error is given to the caller (client-go's 10). */
const retriesMax = 10

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

export function newClient(transport: Transport, options: ClientOptions): Client {
  return new RestClient(transport, options)
}

class RestClient implements Client {
  readonly #transport: Transport
  readonly #userAgent: string
  readonly #clock: Clock
  readonly #accept: { readonly one: string; readonly list: string; readonly watch: string }

  constructor(transport: Transport, { userAgent, metadataOnly, clock = systemClock }: ClientOptions) {
    this.#transport = transport
    this.#userAgent = userAgent
    this.#clock = clock
    const as = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1,application/json`
    this.#accept = metadataOnly
      ? { one: as('PartialObjectMetadata'), list: as('PartialObjectMetadataList'), watch: as('PartialObjectMetadata') }
      : { one: 'application/json', list: 'application/json', watch: 'application/json' }
  }

  async get<T>(resource: ResourceType<T>, name: ObjectName, { signal, resourceVersion }: { signal?: AbortSignal; resourceVersion?: string } = {}): Promise<T> {
    const path = resourcePath(resource, name) + queryString({ resourceVersion })
    return typed(resource, await this.#object('GET', path, { accept: this.#accept.one, signal }))
  }

  async list<T>(resource: ResourceType<T>, options: ListOptions & { signal?: AbortSignal } = {}): Promise<List<T>> {
    const path = resourcePath(resource, options) + listQuery(options)
    const list = (await this.#object('GET', path, { accept: this.#accept.list, signal: options.signal })) as List<T>
    return { metadata: list.metadata, items: (list.items ?? []).map((item) => typed(resource, item)) }
  }

  async *watch<T>(resource: ResourceType<T>, options: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const path = resourcePath(resource, options) + watchQuery(options)
    const response = await this.#transport.request({ method: 'GET', path, headers: this.#headers(this.#accept.watch), signal })
    if (response.status !== 200) throw refusal(response.status, await text(response))
    try {
      for await (const line of lines(response.body)) yield watchEvent(resource, line, path)
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }

  async create<T extends KubeObject>(resource: ResourceType<T>, object: New<T>, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = (object as { metadata: Partial<ObjectName> }).metadata
    const at = { ...(namespace ? { namespace } : {}), ...(options.subresource && name ? { name } : {}) }
    return this.#write('POST', resourcePath(resource, at, options.subresource) + writeQuery(options), object, options)
  }

  async update<T extends KubeObject>(resource: ResourceType<T>, object: T, options: WriteOptions = {}): Promise<T> {
    return this.#write('PUT', resourcePath(resource, object.metadata, options.subresource) + writeQuery(options), object, options)
  }

  async patch<T>(resource: ResourceType<T>, name: ObjectName, body: PatchBody, options: WriteOptions = {}): Promise<T> {
    const force = body.type === 'apply' ? body.force : undefined
    const path = resourcePath(resource, name, options.subresource) + writeQuery(options, { force })
    return this.#write('PATCH', path, body.patch, options, patchTypes[body.type])
  }

  async delete(resource: ResourceType<unknown>, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    await this.#write('DELETE', resourcePath(resource, name), deleteOptions(options), options)
  }

  async deleteCollection(resource: ResourceType<unknown>, list: ListOptions, options: DeleteOptions = {}): Promise<void> {
    await this.#write('DELETE', resourcePath(resource, list) + listQuery(list), deleteOptions(options), options)
  }

  async getSubresource<R>(resource: ResourceType<unknown>, name: ObjectName, subresource: string): Promise<R> {
    return (await this.#object('GET', resourcePath(resource, name, subresource), { accept: 'application/json' })) as R
  }

  async createSubresource<R>(resource: ResourceType<unknown>, name: ObjectName, subresource: string, body: object, options: WriteOptions = {}): Promise<R> {
    return this.#write('POST', resourcePath(resource, name, subresource) + writeQuery(options), body, options)
  }

  async raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await this.#send({
      method: method as TransportRequest['method'],
      path,
      headers: { ...this.#headers('application/json'), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, headers: response.headers, text: response.text }
  }

  async #write<R>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body: unknown,
    { signal }: WriteOptions,
    contentType = 'application/json',
  ): Promise<R> {
    return (await this.#object(method, path, { accept: 'application/json', contentType, body: JSON.stringify(body), signal })) as R
  }

  async #object(
    method: TransportRequest['method'],
    path: string,
    { accept, contentType, body, signal }: { accept: string; contentType?: string; body?: string; signal?: AbortSignal | undefined },
  ): Promise<unknown> {
    const headers = { ...this.#headers(accept), ...(contentType ? { 'content-type': contentType } : {}) }
    const response = await this.#send({ method, path, headers, ...(body === undefined ? {} : { body }), ...(signal ? { signal } : {}) })
    if (response.status < 200 || response.status > 299) throw refusal(response.status, response.text)
    return decode(response.text, `${method} ${path}`)
  }

  /** Follows Retry-After, as client-go does: the server then has not done anything. */
  async #send(request: TransportRequest): Promise<{ status: number; headers: Readonly<Record<string, string>>; text: string }> {
    for (let retries = 0; ; retries++) {
      const answer = await this.#once(request)
      const seconds = Number(answer.headers['retry-after'])
      const busy = answer.status === 429 || answer.status >= 500
      if (!busy || !(seconds > 0) || retries === retriesMax || isEvictionRefusal(request, answer.status)) return answer
      await this.#clock.sleep(seconds * 1000, request.signal)
    }
  }

  async #once(request: TransportRequest): Promise<{ status: number; headers: Readonly<Record<string, string>>; text: string }> {
    const timeout = new AbortController()
    const timer = this.#clock.after(requestTimeoutMs, () =>
      timeout.abort(new TransportError(`${request.method} ${request.path}: no answer within ${requestTimeoutMs / 1000} s`)),
    )
    try {
      const response = await this.#transport.request({
        ...request,
        signal: request.signal ? AbortSignal.any([request.signal, timeout.signal]) : timeout.signal,
      })
      return { status: response.status, headers: response.headers, text: await text(response) }
    } finally {
      timer.cancel()
    }
  }

  #headers(accept: string): Record<string, string> {
    return { accept, 'user-agent': this.#userAgent }
  }
}

/** A 429 of an eviction is a disruption budget's answer and not a sign of load: its caller decides. */
const isEvictionRefusal = ({ method, path }: TransportRequest, status: number) => status === 429 && method === 'POST' && path.includes('/eviction')

function deleteOptions({ gracePeriodSeconds, propagationPolicy, preconditions, dryRun }: DeleteOptions): object {
  return { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds, propagationPolicy, preconditions, ...(dryRun ? { dryRun: ['All'] } : {}) }
}

async function text({ body }: TransportResponse): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function decode(body: string, what: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new TransportError(`${what}: the answer is not JSON`, { cause })
  }
}

/** The error of an answer that is not a success. Proxies answer without a Status: their text becomes the message. */
function refusal(code: number, body: string): ApiError {
  let status: Partial<Status> = {}
  try {
    const value = JSON.parse(body) as Partial<Status> | null
    if (value?.kind === 'Status') status = value
  } catch {
    return ApiError.fromStatus(body.trim() ? { message: body.trim().slice(0, 2048) } : {}, code)
  }
  return ApiError.fromStatus(status, code)
}

/** Items of lists and of metadata-only answers do not say their own apiVersion and kind. */
function typed<T>(resource: ResourceType<T>, object: unknown): T {
  const { kind, apiVersion } = object as Partial<KubeObject>
  if (kind === resource.kind && apiVersion === resource.apiVersion) return object as T
  return { ...(object as object), kind: resource.kind, apiVersion: resource.apiVersion } as T
}

function watchEvent<T>(resource: ResourceType<T>, line: string, path: string): WatchEvent<T> {
  const { type, object } = decode(line, `watch frame of ${path}`) as { type: string; object?: unknown }
  if (object === null || typeof object !== 'object') throw new TransportError(`watch frame of ${path}: no object`)
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type, object: typed(resource, object) }
    case 'ERROR':
      throw ApiError.fromStatus(object as Partial<Status>, (object as Partial<Status>).code ?? 500)
    default:
      throw new TransportError(`watch frame of ${path}: unknown event type ${JSON.stringify(type)}`)
  }
}
