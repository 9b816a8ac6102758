// What health endpoints and /metrics show of encryption at rest.
import type { LoadedEncryption } from '../encryption/reload/load.ts'
import type { GenericApiServerOptions } from '../generic-api-server.ts'

export function encryptionStatus(loaded: LoadedEncryption | undefined): Pick<GenericApiServerOptions, 'healthChecks' | 'moreMetrics'> {
  if (!loaded) return {}
  const { encryption, metrics } = loaded
  return {
    healthChecks: encryption.hasHealthCheck ? [{ name: 'kms-providers', check: () => encryption.check() }] : [],
    moreMetrics: () => metrics.text(),
  }
}
