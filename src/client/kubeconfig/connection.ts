import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Clock, systemClock } from '../../util/clock.ts'
import type { HttpsTransportOptions } from '../transport/https.ts'
import { KubeconfigError } from './files.ts'
import type { Kubeconfig, User } from './types.ts'

export interface Connection {
  readonly transport: HttpsTransportOptions
  /** The context's namespace, else `default`. */
  readonly namespace: string
}

/** Certificates of ten minutes are the shortest there are, and are replaced with three of them left. client-go looks every five minutes. */
const certificateLookMs = 60_000

/**
 * How to reach the cluster of a context (`current-context` when left out). Files named in the configuration are read at once; those that
 * are rotated are read again: `tokenFile` for each request, a client's certificate and key once a minute.
 * @throws {KubeconfigError} for a name that is not defined, or a credential kind that is not supported
 */
export function connectionOf(config: Kubeconfig, contextName = config['current-context'], clock: Clock = systemClock): Connection {
  if (!contextName) throw new KubeconfigError('current-context is not set')
  const context = config.contexts.find((entry) => entry.name === contextName)?.context
  if (!context) throw new KubeconfigError(`context "${contextName}" does not exist`)
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)?.cluster
  if (!cluster?.server) throw new KubeconfigError(`cluster "${context.cluster}" does not exist`)
  const user = config.users.find((entry) => entry.name === context.user)?.user ?? {}
  if (user['exec'] || user['auth-provider']) throw new KubeconfigError(`user "${context.user}": exec and auth-provider credentials are not supported`)

  const ca = pem(cluster['certificate-authority-data'], cluster['certificate-authority'])
  const clientCertificate = clientCertificateOf(user, clock)
  const { token, tokenFile } = user
  return {
    transport: {
      server: cluster.server,
      ...(ca ? { ca } : {}),
      ...(clientCertificate ? { clientCertificate } : {}),
      ...(tokenFile ? { bearerToken: () => readFileSync(tokenFile, 'utf8').trim() } : token ? { bearerToken: () => token } : {}),
      ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
      ...(cluster['insecure-skip-tls-verify'] ? { insecureSkipTlsVerify: true } : {}),
    },
    namespace: context.namespace || 'default',
  }
}

/** Undefined when the user has no certificate. */
function clientCertificateOf(user: User, clock: Clock): HttpsTransportOptions['clientCertificate'] {
  const read = () => {
    const cert = pem(user['client-certificate-data'], user['client-certificate'])
    const key = pem(user['client-key-data'], user['client-key'])
    return cert && key ? { cert, key } : undefined
  }
  let current = read()
  if (!current) return undefined
  const pair = current
  if (user['client-certificate-data'] && user['client-key-data']) return () => pair
  let lookedMs = clock.monotonic()
  return () => {
    if (clock.monotonic() - lookedMs < certificateLookMs) return current!
    lookedMs = clock.monotonic()
    current = wholePair(read) ?? current
    return current!
  }
}

/** Undefined while the files are being replaced. */
function wholePair(read: () => { readonly cert: string; readonly key: string } | undefined) {
  try {
    const pair = read()
    return pair && new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key)) ? pair : undefined
  } catch {
    return undefined
  }
}

function pem(data: string | undefined, file: string | undefined): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  return file ? readFileSync(file, 'utf8') : undefined
}
