// The calls of a KMS v2 plugin, over gRPC on its unix socket. Source: k8s.io/apiserver
// pkg/storage/value/encrypt/envelope/kmsv2/grpc_service.go.
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import type { Clock } from '../../../util/clock.ts'
import {
  decodeDecryptResponse,
  decodeEncryptResponse,
  decodeStatusResponse,
  type DecryptRequest,
  encodeDecryptRequest,
  encodeEncryptRequest,
  type EncryptResponse,
  type StatusResponse,
} from './messages.ts'

export interface KmsService {
  /** @throws {KmsCallError} */
  status(): Promise<StatusResponse>
  /** @param uid names the request in the logs of both sides. @throws {KmsCallError} */
  encrypt(plaintext: Uint8Array, uid: string): Promise<EncryptResponse>
  /** @throws {KmsCallError} */
  decrypt(request: DecryptRequest): Promise<Uint8Array>
  close(): void
}

/** A call that failed; the message is that of Go's gRPC. */
export class KmsCallError extends Error {
  override readonly name = 'KmsCallError'
  /** `Unavailable`, `DeadlineExceeded`: as upstream's metrics have it. */
  readonly code: string
  constructor({ code, details }: ServiceError) {
    const name = codeName(code)
    super(`rpc error: code = ${name} desc = ${details}`)
    this.code = name
  }
}

export interface KmsServiceOptions {
  /** `unix:///var/run/kms.sock` */
  readonly endpoint: string
  /** Of one call, waiting for the plugin included. */
  readonly timeoutMs: number
  readonly clock: Clock
  /** @param method `/v2.KeyManagementService/Status`; @param code of gRPC, `OK` for success */
  readonly observe: (method: string, code: string, seconds: number) => void
}

/** A restarted plugin is found again within this time. */
const reconnectMsMax = 1_000

/** Opens nothing yet: the first call connects, and waits for a plugin that is not there yet as long as its deadline allows. */
export function newKmsService({ endpoint, timeoutMs, clock, observe }: KmsServiceOptions): KmsService {
  const grpc = new Client(endpoint, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': reconnectMsMax,
    'grpc.enable_retries': 0,
  })

  function call<Request, Response>(
    name: string,
    request: Request,
    encode: (request: Request) => Buffer,
    decode: (message: Buffer) => Response,
  ): Promise<Response> {
    const method = `/v2.KeyManagementService/${name}`
    const startedMs = clock.monotonic()
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const deadline = new Date(clock.now() + timeoutMs)
    grpc.makeUnaryRequest(method, encode, decode, request, new Metadata({ waitForReady: true }), { deadline }, (error, response) => {
      observe(method, error ? codeName(error.code) : 'OK', (clock.monotonic() - startedMs) / 1000)
      if (error) reject(new KmsCallError(error))
      else resolve(response!)
    })
    return promise
  }

  return {
    status: () => call('Status', undefined, () => Buffer.alloc(0), decodeStatusResponse),
    encrypt: (plaintext, uid) => call('Encrypt', { plaintext, uid }, encodeEncryptRequest, decodeEncryptResponse),
    decrypt: (request) => call('Decrypt', request, encodeDecryptRequest, decodeDecryptResponse),
    close: () => grpc.close(),
  }
}

/** Go's names of gRPC's codes, by number. Source: google.golang.org/grpc/codes. */
const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
]
const codeName = (code: number) => codeNames[code] ?? `Code(${code})`
