// A KMS plugin in memory: "encrypts" by putting its key id before the plaintext.
import type { KmsService } from '../kms-service.ts'

export class FakeKmsService implements KmsService {
  keyId = 'one'
  healthz = 'ok'
  version = 'v2'
  /** Thrown by every call. */
  failure: Error | undefined
  /** Key that encrypts; the same as of the status in a plugin that is in order. */
  encryptKeyId: string | undefined
  annotations = new Map<string, Uint8Array>([['version.encryption.example.com', Uint8Array.of(1)]])
  readonly calls = { status: 0, encrypt: 0, decrypt: 0 }

  async status() {
    this.calls.status++
    this.#check()
    return { version: this.version, healthz: this.healthz, keyId: this.keyId }
  }

  async encrypt(plaintext: Uint8Array) {
    this.calls.encrypt++
    this.#check()
    const keyId = this.encryptKeyId ?? this.keyId
    return { ciphertext: Buffer.concat([Buffer.from(`${keyId}|`), plaintext]), keyId, annotations: this.annotations }
  }

  async decrypt({ ciphertext }: { readonly ciphertext: Uint8Array }) {
    this.calls.decrypt++
    this.#check()
    const text = Buffer.from(ciphertext)
    return text.subarray(text.indexOf('|') + 1)
  }

  close(): void {}

  #check(): void {
    if (this.failure) throw this.failure
  }
}
