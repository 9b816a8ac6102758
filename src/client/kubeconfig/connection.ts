import { readFileSync } from 'node:fs'
import type { HttpsTransportOptions } from '../transport/https.ts'
import { KubeconfigError } from './files.ts'
import type { Kubeconfig } from './types.ts'

export interface Connection {
  readonly transport: HttpsTransportOptions
  /** The context's namespace, else `default`. */
  readonly namespace: string
}

/**
 * How to reach the cluster of a context (`current-context` when left out). Files named in the configuration are read at once, but for
 * `tokenFile`, which is read again for each request since it is rotated.
 * @throws {KubeconfigError} for a name that is not defined, or a credential kind that is not supported
 */
export function connectionOf(config: Kubeconfig, contextName = config['current-context']): Connection {
  if (!contextName) throw new KubeconfigError('current-context is not set')
  const context = config.contexts.find((entry) => entry.name === contextName)?.context
  if (!context) throw new KubeconfigError(`context "${contextName}" does not exist`)
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)?.cluster
  if (!cluster?.server) throw new KubeconfigError(`cluster "${context.cluster}" does not exist`)
  const user = config.users.find((entry) => entry.name === context.user)?.user ?? {}
  if (user['exec'] || user['auth-provider']) throw new KubeconfigError(`user "${context.user}": exec and auth-provider credentials are not supported`)

  const ca = pem(cluster['certificate-authority-data'], cluster['certificate-authority'])
  const cert = pem(user['client-certificate-data'], user['client-certificate'])
  const key = pem(user['client-key-data'], user['client-key'])
  const { token, tokenFile } = user
  return {
    transport: {
      server: cluster.server,
      ...(ca ? { ca } : {}),
      ...(cert && key ? { clientCertificate: () => ({ cert, key }) } : {}),
      ...(tokenFile ? { bearerToken: () => readFileSync(tokenFile, 'utf8').trim() } : token ? { bearerToken: () => token } : {}),
      ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
      ...(cluster['insecure-skip-tls-verify'] ? { insecureSkipTlsVerify: true } : {}),
    },
    namespace: context.namespace || 'default',
  }
}

function pem(data: string | undefined, file: string | undefined): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  return file ? readFileSync(file, 'utf8') : undefined
}
