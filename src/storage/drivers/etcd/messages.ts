// What is said between this driver and etcd: the part of etcd's gRPC API that it uses, as a descriptor for @grpc/proto-loader and as types.
// Source: etcd api/etcdserverpb/rpc.proto, api/mvccpb/kv.proto (3.4 to 3.6; fields that nobody reads here are left out).
import { fromJSON, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader'

/** `field: 'type number'`; a `*` before the type: repeated. */
const messages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ResponseHeader: { revision: 'int64 3' },
  KeyValue: { key: 'bytes 1', createRevision: 'int64 2', modRevision: 'int64 3', version: 'int64 4', value: 'bytes 5' },
  RangeRequest: { key: 'bytes 1', rangeEnd: 'bytes 2', limit: 'int64 3', revision: 'int64 4', countOnly: 'bool 9' },
  RangeResponse: { header: 'ResponseHeader 1', kvs: '*KeyValue 2', count: 'int64 4' },
  PutRequest: { key: 'bytes 1', value: 'bytes 2', lease: 'int64 3' },
  PutResponse: { header: 'ResponseHeader 1' },
  DeleteRangeRequest: { key: 'bytes 1' },
  DeleteRangeResponse: { header: 'ResponseHeader 1', deleted: 'int64 2' },
  RequestOp: { requestRange: 'RangeRequest 1', requestPut: 'PutRequest 2', requestDeleteRange: 'DeleteRangeRequest 3' },
  ResponseOp: { responseRange: 'RangeResponse 1', responsePut: 'PutResponse 2', responseDeleteRange: 'DeleteRangeResponse 3' },
  Compare: { result: 'CompareResult 1', target: 'CompareTarget 2', key: 'bytes 3', version: 'int64 4', modRevision: 'int64 6' },
  TxnRequest: { compare: '*Compare 1', success: '*RequestOp 2', failure: '*RequestOp 3' },
  TxnResponse: { header: 'ResponseHeader 1', succeeded: 'bool 2', responses: '*ResponseOp 3' },
  CompactionRequest: { revision: 'int64 1' },
  CompactionResponse: { header: 'ResponseHeader 1' },
  LeaseGrantRequest: { TTL: 'int64 1', ID: 'int64 2' },
  LeaseGrantResponse: { header: 'ResponseHeader 1', ID: 'int64 2' },
  LeaseRevokeRequest: { ID: 'int64 1' },
  LeaseRevokeResponse: { header: 'ResponseHeader 1' },
  StatusRequest: {},
  StatusResponse: { header: 'ResponseHeader 1', version: 'string 2', dbSize: 'int64 3', errors: '*string 8', dbSizeQuota: 'int64 12' },
  WatchCreateRequest: { key: 'bytes 1', rangeEnd: 'bytes 2', startRevision: 'int64 3', progressNotify: 'bool 4', prevKv: 'bool 6' },
  WatchProgressRequest: {},
  WatchRequest: { createRequest: 'WatchCreateRequest 1', progressRequest: 'WatchProgressRequest 3' },
  Event: { type: 'EventType 1', kv: 'KeyValue 2', prevKv: 'KeyValue 3' },
  WatchResponse: {
    header: 'ResponseHeader 1',
    watchId: 'int64 2',
    created: 'bool 3',
    canceled: 'bool 4',
    compactRevision: 'int64 5',
    cancelReason: 'string 6',
    events: '*Event 11',
  },
}

const enums: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  CompareResult: { EQUAL: 0 },
  CompareTarget: { VERSION: 0, MOD: 2 },
  EventType: { PUT: 0, DELETE: 1 },
}

/** `Service/Method` -> its request and response; `stream`: both ways. */
const methods: readonly (readonly [path: string, request: string, response: string, stream?: 'stream'])[] = [
  ['KV/Range', 'RangeRequest', 'RangeResponse'],
  ['KV/Txn', 'TxnRequest', 'TxnResponse'],
  ['KV/Compact', 'CompactionRequest', 'CompactionResponse'],
  ['Lease/LeaseGrant', 'LeaseGrantRequest', 'LeaseGrantResponse'],
  ['Lease/LeaseRevoke', 'LeaseRevokeRequest', 'LeaseRevokeResponse'],
  ['Maintenance/Status', 'StatusRequest', 'StatusResponse'],
  ['Watch/Watch', 'WatchRequest', 'WatchResponse', 'stream'],
]

function descriptor(): Record<string, unknown> {
  const nested: Record<string, unknown> = {}
  for (const [name, fields] of Object.entries(messages)) {
    const described = Object.entries(fields).map(([field, text]) => {
      const [type, id] = text.split(' ') as [string, string]
      return [field, { type: type.replace('*', ''), id: Number(id), ...(type.startsWith('*') ? { rule: 'repeated' } : {}) }] as const
    })
    nested[name] = { fields: Object.fromEntries(described) }
  }
  for (const [name, values] of Object.entries(enums)) nested[name] = { values }
  for (const [path, requestType, responseType, stream] of methods) {
    const [service, method] = path.split('/') as [string, string]
    const streams = stream ? { requestStream: true, responseStream: true } : {}
    const described = (nested[service] ??= { methods: {} }) as { methods: Record<string, unknown> }
    described.methods[method] = { requestType, responseType, ...streams }
  }
  return { nested: { etcdserverpb: { nested } } }
}

const definitions = fromJSON(descriptor(), { longs: Number, enums: String, defaults: true, arrays: true, objects: true })

export type Method = MethodDefinition<object, object>

/** @param path `KV/Range` */
export function methodOf(path: string): Method {
  const [service, method] = path.split('/') as [string, string]
  return (definitions[`etcdserverpb.${service}`] as ServiceDefinition)[method] as Method
}

interface ResponseHeader {
  /** Of the whole store, when the request was applied. */
  readonly revision: number
}

export interface StoredKeyValue {
  readonly key: Buffer
  readonly value: Buffer
  readonly createRevision: number
  readonly modRevision: number
  /** Puts since the key was created. */
  readonly version: number
}

export interface RangeRequest {
  readonly key: Buffer
  /** Exclusive; left out: the one key. */
  readonly rangeEnd?: Buffer
  readonly limit?: number
  readonly revision?: number
  readonly countOnly?: boolean
}

export interface RangeResponse {
  readonly header: ResponseHeader
  readonly kvs: readonly StoredKeyValue[]
  /** Keys of the range, whatever the limit. */
  readonly count: number
}

interface RequestOp {
  readonly requestRange?: RangeRequest
  readonly requestPut?: { readonly key: Buffer; readonly value: Uint8Array; readonly lease?: number }
  readonly requestDeleteRange?: { readonly key: Buffer }
}

export interface TxnRequest {
  readonly compare: readonly {
    readonly result: 'EQUAL'
    readonly target: 'MOD' | 'VERSION'
    readonly key: Buffer
    readonly modRevision?: number
    readonly version?: number
  }[]
  readonly success: readonly RequestOp[]
  readonly failure: readonly RequestOp[]
}

export interface TxnResponse {
  readonly header: ResponseHeader
  readonly succeeded: boolean
  readonly responses: readonly { readonly responseRange: RangeResponse | null; readonly responseDeleteRange: { readonly deleted: number } | null }[]
}

export interface StatusResponse {
  /** `3.4.23` */
  readonly version: string
  readonly dbSize: number
  /** 3.6 and newer; 0 before. */
  readonly dbSizeQuota: number
  /** `memberID:1 alarm:NOSPACE ` */
  readonly errors: readonly string[]
}

export interface WatchRequest {
  readonly createRequest?: {
    readonly key: Buffer
    readonly rangeEnd: Buffer
    readonly startRevision: number
    readonly progressNotify: boolean
    readonly prevKv: boolean
  }
  readonly progressRequest?: Record<string, never>
}

export interface StoredEvent {
  readonly type: 'PUT' | 'DELETE'
  readonly kv: StoredKeyValue
  readonly prevKv: StoredKeyValue | null
}

export interface WatchResponse {
  readonly header: ResponseHeader
  /** -1: for all watches of the stream (an answer to a progress request). */
  readonly watchId: number
  readonly created: boolean
  readonly canceled: boolean
  /** Not 0: the revision that was asked for is gone, this is the oldest one. */
  readonly compactRevision: number
  readonly cancelReason: string
  readonly events: readonly StoredEvent[]
}

/** Requests with one answer: path -> [request, response]. */
export interface UnaryCalls {
  'KV/Range': [RangeRequest, RangeResponse]
  'KV/Txn': [TxnRequest, TxnResponse]
  'KV/Compact': [{ readonly revision: number }, { readonly header: ResponseHeader }]
  'Lease/LeaseGrant': [{ readonly TTL: number; readonly ID: number }, { readonly header: ResponseHeader }]
  'Lease/LeaseRevoke': [{ readonly ID: number }, { readonly header: ResponseHeader }]
  'Maintenance/Status': [Record<string, never>, StatusResponse & { readonly header: ResponseHeader }]
}
