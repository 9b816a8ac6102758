// A KMS v2 plugin on a unix socket, made with stock gRPC and protobuf libraries: a second opinion on our own messages.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { loadPackageDefinition, Server, ServerCredentials, type sendUnaryData, type ServerUnaryCall, status } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import protobuf from 'protobufjs'

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  package v2;
  service KeyManagementService {
    rpc Status(StatusRequest) returns (StatusResponse) {}
    rpc Decrypt(DecryptRequest) returns (DecryptResponse) {}
    rpc Encrypt(EncryptRequest) returns (EncryptResponse) {}
  }
  message StatusRequest {}
  message StatusResponse { string version = 1; string healthz = 2; string key_id = 3; }
  message DecryptRequest { bytes ciphertext = 1; string uid = 2; string key_id = 3; map<string, bytes> annotations = 4; }
  message DecryptResponse { bytes plaintext = 1; }
  message EncryptRequest { bytes plaintext = 1; string uid = 2; }
  message EncryptResponse { bytes ciphertext = 1; string key_id = 2; map<string, bytes> annotations = 3; }
`,
  { keepCase: true },
)

type Call<Request> = ServerUnaryCall<Request, object>

export class KmsPlugin {
  readonly #socket: string
  readonly #keys = new Map<string, Buffer>()
  keyId = 'key-1'
  healthz = 'ok'
  readonly calls = { encrypt: 0, decrypt: 0 }
  #server: Server | undefined

  constructor(socket: string) {
    this.#socket = socket
  }

  get endpoint(): string {
    return `unix://${this.#socket}`
  }

  async start(): Promise<void> {
    await rm(this.#socket, { force: true })
    const { v2 } = loadPackageDefinition(fromJSON(root.toJSON(), { keepCase: true, defaults: true })) as never as {
      v2: { KeyManagementService: { service: Parameters<Server['addService']>[0] } }
    }
    const server = new Server()
    server.addService(v2.KeyManagementService.service, {
      Status: (_call: Call<object>, answer: sendUnaryData<object>) => answer(null, { version: 'v2', healthz: this.healthz, key_id: this.keyId }),
      Encrypt: ({ request }: Call<{ plaintext: Buffer }>, answer: sendUnaryData<object>) => {
        this.calls.encrypt++
        const nonce = randomBytes(12)
        const cipher = createCipheriv('aes-256-gcm', this.#key(this.keyId), nonce)
        const ciphertext = Buffer.concat([nonce, cipher.update(request.plaintext), cipher.final(), cipher.getAuthTag()])
        answer(null, { ciphertext, key_id: this.keyId, annotations: { 'kek.example.com': Buffer.from(this.keyId) } })
      },
      Decrypt: ({ request }: Call<{ ciphertext: Buffer; key_id: string; annotations: Record<string, Buffer> }>, answer: sendUnaryData<object>) => {
        this.calls.decrypt++
        const { ciphertext, key_id: keyId, annotations } = request
        if (annotations['kek.example.com']?.toString() !== keyId) return answer({ code: status.INVALID_ARGUMENT, details: 'annotations are not mine' })
        const decipher = createDecipheriv('aes-256-gcm', this.#key(keyId), ciphertext.subarray(0, 12))
        decipher.setAuthTag(ciphertext.subarray(-16))
        answer(null, { plaintext: Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]) })
      },
    })
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(this.endpoint, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())),
    )
    this.#server = server
  }

  stop(): void {
    this.#server?.forceShutdown()
    this.#server = undefined
  }

  #key(id: string): Buffer {
    const key = this.#keys.get(id) ?? randomBytes(32)
    this.#keys.set(id, key)
    return key
  }
}
