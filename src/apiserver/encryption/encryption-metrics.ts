// Upstream's metrics of encryption at rest. Labels come from the configuration and from plugins' key ids; of the latter only the
// newest are kept. Source: k8s.io/apiserver pkg/storage/value/metrics.go, pkg/storage/value/encrypt/envelope/metrics/metrics.go,
// pkg/server/options/encryptionconfig/metrics/metrics.go.
import { Counter, exponentialBuckets, Gauge, Histogram, Registry } from 'prom-client'
import type { Clock } from '../../util/clock.ts'
import { hashIfAny } from './kms/hash-if-any.ts'
import { KmsCallError } from './kms/kms-service.ts'
import type { KmsObserver } from './kms/kms-provider.ts'
import type { TransformationObserver } from './transformers/prefix-transformers.ts'

/** Key ids that have series of their own, per metric: upstream's. */
const keyIdsMax = 10

export interface EncryptionMetricsOptions {
  /** Of this API server, among those of the cluster. */
  readonly apiServerId: string
  readonly clock: Clock
}

export class EncryptionMetrics {
  readonly #registry = new Registry()
  readonly #clock: Clock
  readonly #server: string
  readonly #usedKeys: RecentLabels
  readonly #statusKeys: RecentLabels

  readonly #operations = this.#counter('apiserver_storage_transformation_operations_total', 'Total number of transformations.', [
    'transformation_type',
    'transformer_prefix',
    'status',
  ])
  readonly #durations = this.#histogram(
    'apiserver_storage_transformation_duration_seconds',
    'Latencies in seconds of value transformation operations.',
    ['transformation_type', 'transformer_prefix'],
    exponentialBuckets(5e-6, 2, 25),
  )
  readonly #cacheMisses = this.#counter(
    'apiserver_storage_envelope_transformation_cache_misses_total',
    'Total number of cache misses while accessing key decryption key(KEK).',
    [],
  )
  readonly #kmsLatency = this.#histogram(
    'apiserver_envelope_encryption_kms_operations_latency_seconds',
    'KMS operation duration with gRPC error code status total.',
    ['provider_name', 'method_name', 'grpc_status_code'],
    exponentialBuckets(0.0001, 2, 20),
  )
  readonly #keyTotal = this.#counter(
    'apiserver_envelope_encryption_key_id_hash_total',
    'Number of times a keyID is used split by transformation type, provider, and apiserver identity.',
    ['transformation_type', 'provider_name', 'key_id_hash', 'apiserver_id_hash'],
  )
  readonly #keyLast = this.#gauge('apiserver_envelope_encryption_key_id_hash_last_timestamp_seconds', 'The last time in seconds when a keyID was used.', [
    'transformation_type',
    'provider_name',
    'key_id_hash',
    'apiserver_id_hash',
  ])
  readonly #statusLast = this.#gauge(
    'apiserver_envelope_encryption_key_id_hash_status_last_timestamp_seconds',
    'The last time in seconds when a keyID was returned by the Status RPC call.',
    ['provider_name', 'key_id_hash', 'apiserver_id_hash'],
  )
  readonly #invalidKeys = this.#counter(
    'apiserver_envelope_encryption_invalid_key_id_from_status_total',
    'Number of times an invalid keyID is returned by the Status RPC call split by error.',
    ['provider_name', 'error'],
  )
  readonly #cacheSize = this.#gauge(
    'apiserver_envelope_encryption_dek_source_cache_size',
    'Number of records in data encryption key (DEK) source cache. On a restart, this value is an approximation of the number of decrypt RPC calls the server will make to the KMS plugin.',
    ['provider_name'],
  )
  readonly #reloads = this.#counter(
    'apiserver_encryption_config_controller_automatic_reloads_total',
    'Total number of reload successes and failures of encryption configuration split by apiserver identity.',
    ['status', 'apiserver_id_hash'],
  )
  readonly #reloadLast = this.#gauge(
    'apiserver_encryption_config_controller_automatic_reload_last_timestamp_seconds',
    'Timestamp of the last successful or failed automatic reload of encryption configuration split by apiserver identity.',
    ['status', 'apiserver_id_hash'],
  )
  readonly #configInfo = this.#gauge(
    'apiserver_encryption_config_controller_last_config_info',
    'Information about the last applied encryption configuration with hash as label, split by apiserver identity.',
    ['apiserver_id_hash', 'hash'],
  )

  constructor({ apiServerId, clock }: EncryptionMetricsOptions) {
    this.#clock = clock
    this.#server = hashIfAny(apiServerId)
    this.#usedKeys = new RecentLabels((labels) => {
      this.#keyTotal.remove(labels)
      this.#keyLast.remove(labels)
    })
    this.#statusKeys = new RecentLabels((labels) => this.#statusLast.remove(labels))
  }

  /** Text exposition format. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  readonly transformation: TransformationObserver = (direction, prefix, startedMs, error) => {
    const labels = { transformation_type: direction, transformer_prefix: prefix }
    this.#operations.inc({ ...labels, status: statusOf(error) })
    if (error === undefined) this.#durations.observe(labels, (this.#clock.monotonic() - startedMs) / 1000)
  }

  kmsOperation(provider: string, method: string, code: string, seconds: number): void {
    this.#kmsLatency.observe({ provider_name: provider, method_name: method, grpc_status_code: code }, seconds)
  }

  kmsObserver(provider: string): KmsObserver {
    const keyLabels = (keyId: string) => ({ provider_name: provider, key_id_hash: hashIfAny(keyId), apiserver_id_hash: this.#server })
    return {
      keyUsed: (direction, keyId) => {
        const labels = { transformation_type: direction, ...keyLabels(keyId) }
        this.#usedKeys.touch(labels)
        this.#keyTotal.inc(labels)
        this.#keyLast.set(labels, this.#seconds())
      },
      keyFromStatus: (keyId) => {
        this.#statusKeys.touch(keyLabels(keyId))
        this.#statusLast.set(keyLabels(keyId), this.#seconds())
      },
      invalidKeyFromStatus: (code) => this.#invalidKeys.inc({ provider_name: provider, error: code }),
      cacheMiss: () => this.#cacheMisses.inc(),
      cacheSize: (size) => this.#cacheSize.set({ provider_name: provider }, size),
    }
  }

  /** @param hash of the file's content that is now in force */
  configInForce(hash: string): void {
    this.#configInfo.reset()
    this.#configInfo.set({ apiserver_id_hash: this.#server, hash }, 1)
  }

  reload(status: 'success' | 'failure'): void {
    this.#reloads.inc({ status, apiserver_id_hash: this.#server })
    this.#reloadLast.set({ status, apiserver_id_hash: this.#server }, this.#seconds())
  }

  #seconds(): number {
    return this.#clock.now() / 1000
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  #gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  #histogram(name: string, help: string, labelNames: readonly string[], buckets: number[]): Histogram {
    return new Histogram({ name, help, labelNames: [...labelNames], buckets, registers: [this.#registry] })
  }
}

type Labels = Readonly<Record<string, string>>

/** Forgets the label sets that have not been used for longest, beyond {@link keyIdsMax}. */
class RecentLabels {
  readonly #onForgotten: (labels: Labels) => void
  readonly #labels = new Map<string, Labels>()

  constructor(onForgotten: (labels: Labels) => void) {
    this.#onForgotten = onForgotten
  }

  touch(labels: Labels): void {
    const key = JSON.stringify(labels)
    this.#labels.delete(key)
    this.#labels.set(key, labels)
    if (this.#labels.size <= keyIdsMax) return
    const [oldest, forgotten] = this.#labels.entries().next().value!
    this.#labels.delete(oldest)
    this.#onForgotten(forgotten)
  }
}

/** gRPC's code, also when the call's error is only the cause. */
function statusOf(error: unknown): string {
  if (error === undefined) return 'OK'
  for (let each: unknown = error; each instanceof Error; each = each.cause) if (each instanceof KmsCallError) return each.code
  return 'unknown-non-grpc'
}
