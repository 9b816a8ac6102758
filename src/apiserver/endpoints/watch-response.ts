// A watch as an answer: frames made once per event and format, and the same buffers sent to every watcher.
// Source: k8s.io/apiserver pkg/endpoints/handlers/{get,watch,response}.go.
import { ApiError } from '../../apimachinery/api-error.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Entry } from '../cacher/entry.ts'
import type { FrameCache } from '../cacher/event-ring.ts'
import type { Watcher, WatchItem } from '../cacher/watcher.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { isWebSocketRequest } from '../http/web-socket.ts'
import { tableColumns, tableRow } from '../tables/table.ts'
import type { TablePrinter } from '../tables/printer.ts'
import type { WatchCells } from '../metrics/watch-metrics.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import { encode, includeObject, partialMetadata, partialMetadataType } from './encode.ts'
import { contentTypes, type Negotiated } from './negotiation.ts'
import { apiVersion, fromStored, type Scope } from './scope.ts'
import { protobufWatchEvent } from './watch-frame.ts'
import { webSocketWatchResponse } from './watch-websocket.ts'

const statusType = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status'
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' }

/** What a frame carries: a cached object, or one made for a bookmark. */
type Source = { readonly entry: Entry } | { readonly object: JsonObject }

interface WatchFormat {
  /** Frames of equal keys are equal. Groups and versions that see the same objects (v1 and events.k8s.io/v1) have one cache. */
  readonly key: string
  /** @param first whether it is the first of its watch (a Table names its columns once) */
  frame(type: string, source: Source, first: boolean): Buffer
}

function watchFormat(codec: Codec, request: ApiRequest, scope: Scope, { format, conversion }: Negotiated, printer: TablePrinter | undefined): WatchFormat {
  const objectOf = (source: Source): JsonObject =>
    'object' in source ? source.object : (fromStored(scope, source.entry.object() as unknown as KubeObject) as unknown as JsonObject)
  const wrap = (type: string, schemaType: string, object: JsonObject) => {
    if (format === 'protobuf') return protobufWatchEvent(type, codec.encodeProtobuf(schemaType, object))
    return Buffer.from(`{"type":"${type}","object":${encode(codec, schemaType, object, 'json', false).toString().trimEnd()}}\n`)
  }
  if (conversion?.kind === 'Table') {
    const include = includeObject(request.query)
    return {
      key: `table ${conversion.version} ${include} ${apiVersion(scope)}`,
      frame(type, source, first) {
        const object = objectOf(source)
        const metadata = object['metadata'] as JsonObject
        return wrap(type, '', {
          kind: 'Table',
          apiVersion: `meta.k8s.io/${conversion.version}`,
          metadata: metadata['resourceVersion'] ? { resourceVersion: metadata['resourceVersion'] } : {},
          columnDefinitions: first ? tableColumns(printer!) : null,
          rows: [tableRow(printer!, object as unknown as KubeObject, { version: conversion.version, includeObject: include })],
        })
      },
    }
  }
  if (conversion) {
    return {
      key: `metadata ${conversion.version} ${format}`,
      frame: (type, source) => wrap(type, partialMetadataType, partialMetadata(objectOf(source), conversion)),
    }
  }
  const direct = format === 'json' && !scope.conversion
  return {
    key: `${format} ${apiVersion(scope)}`,
    frame(type, source) {
      if (direct && 'entry' in source) return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), ...source.entry.parts, Buffer.from('}\n')])
      const object = objectOf(source)
      return wrap(type, scope.facts.type, scope.conversion ? codec.canonical(scope.facts.type, object) : object)
    },
  }
}

export function watchResponse(
  { codec, watchObserver }: Pick<ResourceHandlerDeps, 'codec' | 'watchObserver'>,
  request: ApiRequest,
  scope: Scope,
  negotiated: Negotiated,
  watcher: Watcher,
  printer: TablePrinter | undefined,
): ApiResponse {
  // Objects are no lists: upstream's stream ends at the first event it cannot convert.
  if (negotiated.conversion?.kind === 'PartialObjectMetadataList') {
    watcher.close()
    return { status: 200, headers: streamHeaders(negotiated), body: '' }
  }
  const format = watchFormat(codec, request, scope, negotiated, printer)
  request.signal.addEventListener('abort', () => watcher.close(), { once: true })
  if (request.signal.aborted) watcher.close()
  const initialized = watcher.initialized ? { initialized: watcher.initialized } : {}
  const overWebSocket = isWebSocketRequest(request)
  const counted = watchObserver?.(scope.facts)
  const body = frames(codec, scope, scope.store.cacher.frames, format, watcher, { apart: overWebSocket, counted })
  if (overWebSocket) return { ...webSocketWatchResponse(request, negotiated, { frames: body, close: () => watcher.close() }), ...initialized }
  return { status: 200, headers: streamHeaders(negotiated), body, ...initialized }
}

const streamHeaders = ({ format }: Negotiated) => ({
  'content-type': format === 'json' ? contentTypes.json : `${contentTypes[format]};stream=watch`,
})

/** A watch that cannot begin where it was asked to: 200, and an ERROR event in place of all others. */
export function watchErrorResponse(codec: Codec, request: ApiRequest, negotiated: Negotiated, error: ApiError): ApiResponse {
  const status = error.toStatus() as unknown as JsonObject
  const body =
    negotiated.format === 'protobuf'
      ? protobufWatchEvent('ERROR', codec.encodeProtobuf(statusType, status))
      : Buffer.from(`{"type":"ERROR","object":${codec.encodeJson(status)}}\n`)
  if (isWebSocketRequest(request)) return webSocketWatchResponse(request, negotiated, { frames: [body], close() {} })
  return { status: 200, headers: streamHeaders(negotiated), body }
}

interface FrameOptions {
  /** Each frame comes by itself, and not with those that are there at the same time. */
  readonly apart: boolean
  readonly counted: WatchCells | undefined
}

async function* frames(
  codec: Codec,
  scope: Scope,
  cache: FrameCache,
  format: WatchFormat,
  watcher: Watcher,
  { apart, counted }: FrameOptions,
): AsyncGenerator<Buffer> {
  let first = true
  try {
    for (let items = await watcher.next(); items; items = await watcher.next()) {
      const batch: Buffer[] = []
      for (const item of items) {
        const frame = frameOf(codec, scope, cache, format, item, first)
        batch.push(frame)
        counted?.events.inc()
        counted?.sizes.observe(frame.length)
        first = false
      }
      if (apart) yield* batch
      else yield batch.length === 1 ? batch[0]! : Buffer.concat(batch)
    }
  } finally {
    watcher.close()
  }
}

function frameOf(codec: Codec, scope: Scope, cache: FrameCache, format: WatchFormat, item: WatchItem, first: boolean): Buffer {
  if (item.type === 'BOOKMARK') {
    const object = codec.canonical(scope.facts.type, {
      ...scope.store.strategy.empty,
      kind: scope.facts.kind,
      apiVersion: apiVersion(scope),
      metadata: { resourceVersion: String(item.revision), ...(item.initialEventsEnd ? { annotations: initialEventsEnd } : {}) },
    })
    return format.frame('BOOKMARK', { object }, first)
  }
  const make = () => format.frame(item.type, { entry: item.entry }, first)
  return item.event ? cache.get(item.event, `${item.type} ${format.key}${first ? ' first' : ''}`, make) : make()
}
