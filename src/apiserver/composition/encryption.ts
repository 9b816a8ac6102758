// What health endpoints and /metrics show of encryption at rest.
import type { LoadedEncryption } from '../encryption/reload/load.ts'
import type { GenericApiServerOptions } from '../generic-api-server.ts'

export function encryptionStatus(loaded: LoadedEncryption | undefined): Required<Pick<GenericApiServerOptions, 'healthChecks' | 'metrics'>> {
  if (!loaded) return { healthChecks: [], metrics: [] }
  const { encryption, metrics } = loaded
  return {
    healthChecks: encryption.hasHealthCheck ? [{ name: 'kms-providers', check: () => encryption.check() }] : [],
    metrics: [() => metrics.text()],
  }
}
