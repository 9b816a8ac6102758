// A typed client of the container runtime interface, over gRPC on a unix socket.

import { Client, credentials, Metadata, type CallOptions, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js'
import { fromJSON, type MethodDefinition, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader'
import descriptor from './generated/descriptor.ts'
import type { ImageService, RuntimeService } from './generated/types.ts'
import { systemClock } from '../util/clock.ts'
import { codeName, RuntimeError } from './errors.ts'

export interface CallSettings {
  readonly signal?: AbortSignal
  /** Overrides the deadline; 0 for none. */
  readonly timeoutMs?: number
}

type Unary<S> = { [M in keyof S as S[M] extends { serverStream: false } ? M : never]: S[M] }
type Streaming<S> = { [M in keyof S as S[M] extends { serverStream: true } ? M : never]: S[M] }
type Request<D> = D extends { request: infer R } ? R : never
type Response<D> = D extends { response: infer R } ? R : never
type Methods = RuntimeService & ImageService

/** `runPodSandbox(request)`, `listImages(request)`: every unary method of the runtime and image services, in lower camel case. */
type UnaryCalls = {
  [M in keyof Unary<Methods> as Uncapitalize<M>]: (request: Request<Methods[M]>, settings?: CallSettings) => Promise<Response<Methods[M]>>
}
type StreamCalls = {
  [M in keyof Streaming<Methods> as Uncapitalize<M>]: (request: Request<Methods[M]>, signal: AbortSignal) => AsyncIterable<Response<Methods[M]>>
}

/**
 * Every call rejects with a {@link RuntimeError}, or with the signal's reason once it aborts. The connection is made on
 * first use and made again by itself after the runtime was restarted; meanwhile calls fail at once with UNAVAILABLE.
 */
export interface RuntimeClient extends UnaryCalls, StreamCalls {
  readonly endpoint: string
  close(): void
}

export interface RuntimeClientOptions {
  /** `unix:///run/containerd/containerd.sock` or the bare path. */
  readonly endpoint: string
  /** Deadline of a usual call; upstream's --runtime-request-timeout. */
  readonly timeoutMs?: number
}

/** Upstream's --runtime-request-timeout: 2 minutes. */
const timeoutMsDefault = 120_000
/** Sandboxes wait for network plugins: upstream doubles the timeout for them. */
const timeoutFactors: Readonly<Record<string, number>> = { RunPodSandbox: 2, PullImage: 0, ExecSync: 0, StopContainer: 0 }
/** containerd's and the kubelet's limit of one message. */
const messageBytesMax = 16 * 1024 * 1024
/** A restarted runtime is found again within this time. */
const reconnectMsMax = 1_000

const definitions = fromJSON(descriptor, { longs: Number, enums: String, defaults: true, arrays: true, objects: true })

/** Opens nothing yet: the first call connects. */
export function newRuntimeClient({ endpoint, timeoutMs = timeoutMsDefault }: RuntimeClientOptions): RuntimeClient {
  const address = endpoint.startsWith('/') ? `unix://${endpoint}` : endpoint
  const grpc = new Client(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': messageBytesMax,
    'grpc.max_send_message_length': messageBytesMax,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': reconnectMsMax,
    'grpc.enable_retries': 0,
  })
  const calls: Record<string, unknown> = {}
  for (const definition of methodsOf(definitions)) {
    const name = methodName(definition)
    const call = definition.responseStream
      ? (request: object, signal: AbortSignal) => serverStream(grpc, definition, request, signal)
      : (request: object, settings: CallSettings = {}) => unary(grpc, definition, request, { timeoutMs: timeoutMs * (timeoutFactors[name] ?? 1), ...settings })
    calls[name[0]!.toLowerCase() + name.slice(1)] = call
  }
  return { ...calls, endpoint: address, close: () => grpc.close() } as RuntimeClient
}

type Method = MethodDefinition<object, object>

function methodsOf(definitions: PackageDefinition): Method[] {
  return ['runtime.v1.RuntimeService', 'runtime.v1.ImageService'].flatMap((name) => Object.values(definitions[name] as ServiceDefinition) as Method[])
}

const methodName = ({ path }: Method) => path.slice(path.lastIndexOf('/') + 1)

function unary(grpc: Client, method: Method, request: object, { signal, timeoutMs }: CallSettings): Promise<object> {
  const { promise, resolve, reject } = Promise.withResolvers<object>()
  if (signal?.aborted) return Promise.reject(signal.reason as Error)
  const call = grpc.makeUnaryRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    request,
    new Metadata(),
    deadlineIn(timeoutMs),
    (error, response) => {
      signal?.removeEventListener('abort', abort)
      if (error) reject(signal?.aborted ? (signal.reason as Error) : toRuntimeError(method, error))
      else resolve(response!)
    },
  )
  const abort = () => call.cancel()
  signal?.addEventListener('abort', abort, { once: true })
  return promise
}

/** grpc-js takes deadlines as wall-clock times. */
function deadlineIn(timeoutMs: number | undefined): CallOptions {
  return timeoutMs ? { deadline: new Date(systemClock.now() + timeoutMs) } : {}
}

async function* serverStream(grpc: Client, method: Method, request: object, signal: AbortSignal): AsyncIterable<object> {
  signal.throwIfAborted()
  const call: ClientReadableStream<object> = grpc.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, request)
  const abort = () => call.cancel()
  signal.addEventListener('abort', abort, { once: true })
  try {
    for await (const message of call) yield message as object
  } catch (error) {
    throw signal.aborted ? (signal.reason as Error) : toRuntimeError(method, error as ServiceError)
  } finally {
    signal.removeEventListener('abort', abort)
    call.cancel()
  }
}

function toRuntimeError(method: Method, cause: ServiceError): RuntimeError {
  return new RuntimeError(methodName(method), codeName(cause.code), cause.details || cause.message, { cause })
}
