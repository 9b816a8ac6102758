// Lists as answers. JSON and protobuf are put together from bytes that the cache holds, in chunks, so that a list of any size
// takes bounded memory and never keeps the event loop.
import { nextTurn } from '../../util/turns.ts'
import { ApiError } from '../../apimachinery/api-error.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Entry } from '../cacher/entry.ts'
import type { ListAnswer } from '../cacher/list.ts'
import { rowWithoutManagedFields, withoutManagedFields } from '../audit/bodies.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { tableColumns, tableRow } from '../tables/table.ts'
import type { TablePrinter } from '../tables/printer.ts'
import { indentedParts, textList, yamlParts } from './text-list.ts'
import { encode, includeObject, partialMetadata, partialMetadataType } from './encode.ts'
import { goTypeName } from './go-type-name.ts'
import { type Conversion, contentTypes, type Negotiated, wantsPretty } from './negotiation.ts'
import { ListTurns } from './list-turns.ts'
import { protobufList } from './protobuf-list.ts'
import { apiVersion, fromStored, type Scope } from './scope.ts'

/** Bytes sent at once. */
const chunkBytes = 256 << 10
const partialListType = 'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadataList'

/** ListMeta in Go's field order. */
function listMetadata({ revision, continue: token, remaining }: ListAnswer): JsonObject {
  return {
    resourceVersion: String(revision),
    ...(token ? { continue: token } : {}),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  }
}

/** @throws {ApiError} 406 */
export function listResponse(
  codec: Codec,
  request: ApiRequest,
  scope: Scope,
  negotiated: Negotiated,
  list: ListAnswer,
  printer: TablePrinter | undefined,
): ApiResponse {
  const { format, conversion } = negotiated
  const pretty = wantsPretty(request.query, request.headers['user-agent'], negotiated)
  const kind = `${scope.facts.kind}List`
  if (conversion?.kind === 'PartialObjectMetadata') {
    const name = goTypeName({ group: scope.facts.group, kind })
    throw new ApiError('NotAcceptable', `you requested PartialObjectMetadata, but the requested object is a list (${name})`)
  }
  const entries = conversion?.kind === 'Table' ? inOrder(list.entries, printer) : list.entries
  const head = documentHead(request, scope, conversion, list, printer)
  const items = itemWriter(codec, request, scope, conversion, printer)
  const headers = { 'content-type': contentTypes[format] }
  const { audit } = request
  audit?.responseObject(() => recordedList(jsonList(codec, head, audit.omitManagedFields ? unmanaged(codec, items, head) : items, entries)))
  if (format === 'json' && !pretty) return { status: 200, headers, isDocument: true, body: jsonList(codec, head, items, entries) }
  if (format === 'protobuf') {
    const type = conversion ? partialListType : scope.facts.listType!
    return {
      status: 200,
      headers,
      isDocument: true,
      body: protobufList(codec, type, head.members, entries, messageWriter(codec, scope, conversion), chunkBytes),
    }
  }
  if (entries.length === 0) {
    const object = { ...head.members, [head.itemsName]: head.empty === 'null' ? null : [] }
    return { status: 200, headers, body: encode(codec, '', object, format, pretty) }
  }
  return { status: 200, headers, isDocument: true, body: textList(format === 'yaml' ? yamlParts : indentedParts, head, items, entries) }
}

/** Rows of a Table come in the order that their kind has. */
const inOrder = (entries: readonly Entry[], printer: TablePrinter | undefined): readonly Entry[] =>
  printer?.compare
    ? entries
        .map((entry) => ({ entry, object: entry.object() as unknown as KubeObject }))
        .toSorted((a, b) => printer.compare!(a.object, b.object))
        .map(({ entry }) => entry)
    : entries

interface Head {
  /** Members before the items. */
  readonly members: JsonObject
  readonly itemsName: 'items' | 'rows'
  /** What no items at all are written as. */
  readonly empty: '[]' | 'null'
}

interface ItemWriter {
  /** Adds one item's JSON, without copying it when `cheap`. @returns its length */
  readonly write: (entry: Entry, chunk: Buffer[]) => number
  readonly value: (entry: Entry) => JsonValue
  readonly cheap: boolean
}

function documentHead(request: ApiRequest, scope: Scope, conversion: Conversion | undefined, list: ListAnswer, printer: TablePrinter | undefined): Head {
  const metadata = listMetadata(list)
  if (conversion?.kind === 'Table') {
    includeObject(request.query)
    const members = { kind: 'Table', apiVersion: `meta.k8s.io/${conversion.version}`, metadata, columnDefinitions: tableColumns(printer!) }
    return { members, itemsName: 'rows', empty: '[]' }
  }
  if (conversion) {
    const members = { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${conversion.version}`, metadata }
    return { members, itemsName: 'items', empty: 'null' }
  }
  return { members: { kind: `${scope.facts.kind}List`, apiVersion: apiVersion(scope), metadata }, itemsName: 'items', empty: '[]' }
}

function itemWriter(codec: Codec, request: ApiRequest, scope: Scope, conversion: Conversion | undefined, printer: TablePrinter | undefined): ItemWriter {
  const encoded = (value: (entry: Entry) => JsonObject) => encodedItems(codec, value)
  const inVersion = (entry: Entry) => fromStored(scope, entry.object() as unknown as KubeObject)
  if (conversion?.kind === 'Table') {
    const include = includeObject(request.query)
    return encoded((entry) => tableRow(printer!, inVersion(entry), { version: conversion.version, includeObject: include }))
  }
  if (conversion) return encoded((entry) => partialMetadata(entry.object() as JsonObject, conversion))
  const withoutType = (entry: Entry) => {
    const { kind: _kind, apiVersion: _version, ...rest } = inVersion(entry)
    return rest as unknown as JsonObject
  }
  if (scope.conversion) return encoded((entry) => codec.canonical(scope.facts.type, withoutType(entry)))
  const typeBytes = Buffer.byteLength(JSON.stringify({ kind: scope.facts.kind, apiVersion: apiVersion(scope) }).slice(0, -1)) + 1
  // An item of a list has no kind and apiVersion: they are cut off the object's beginning.
  const write = (entry: Entry, chunk: Buffer[]) => {
    const [before, resourceVersion, after] = entry.parts
    chunk.push(openBrace, before.subarray(typeBytes), resourceVersion, after)
    return entry.byteLength
  }
  return { write, value: withoutType, cheap: true }
}

function encodedItems(codec: Codec, value: (entry: Entry) => JsonObject): ItemWriter {
  return {
    write: (entry, chunk) => {
      const json = Buffer.from(codec.encodeJson(value(entry)))
      chunk.push(json)
      return json.length
    },
    value,
    cheap: false,
  }
}

const openBrace = Buffer.from('{')
const comma = Buffer.from(',')

/** Items in protobuf: those of the stored version are kept by the cache. */
function messageWriter(codec: Codec, scope: Scope, conversion: Conversion | undefined): (entry: Entry) => Uint8Array {
  if (conversion) return (entry) => codec.encodeProtobufMessage(partialMetadataType, partialMetadata(entry.copy(), conversion))
  const { type } = scope.facts
  if (!scope.conversion) return (entry) => entry.protobuf((object) => codec.encodeProtobufMessage(type, object))
  return (entry) => {
    const inVersion = fromStored(scope, entry.copy() as unknown as KubeObject) as unknown as JsonObject
    return codec.encodeProtobufMessage(type, codec.canonical(type, inVersion))
  }
}

async function* jsonList(codec: Codec, head: Head, items: ItemWriter, entries: readonly Entry[]): AsyncGenerator<readonly Buffer[]> {
  const opening = codec.encodeJson(head.members).slice(0, -1)
  if (entries.length === 0) {
    yield [Buffer.from(`${opening},"${head.itemsName}":${head.empty}}\n`)]
    return
  }
  let chunk: Buffer[] = [Buffer.from(`${opening},"${head.itemsName}":[`)]
  let bytes = 0
  const turns = new ListTurns()
  for (const [index, entry] of entries.entries()) {
    if (index > 0) chunk.push(comma)
    bytes += items.write(entry, chunk)
    const isFull = bytes >= chunkBytes
    if (isFull) {
      yield chunk
      chunk = []
      bytes = 0
    }
    // A connection that takes everything at once would otherwise keep the event loop.
    if (isFull || (!items.cheap && turns.isDueAfter(entry))) await nextTurn()
  }
  chunk.push(Buffer.from(']}\n'))
  yield chunk
}

/** The items without managedFields. */
function unmanaged(codec: Codec, { value }: ItemWriter, { itemsName }: Head): ItemWriter {
  const strip = itemsName === 'rows' ? rowWithoutManagedFields : withoutManagedFields
  return encodedItems(codec, (entry) => strip(value(entry) as JsonObject))
}

async function* recordedList(chunks: AsyncIterable<readonly Uint8Array[]>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield Buffer.concat(chunk).toString().replace(/\n$/, '')
}
