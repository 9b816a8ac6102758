// The port of a component that runs alone: /healthz, /livez and /readyz for everybody, /metrics, /statusz and /flagz for whom the API server lets.
// Source: k8s.io/apiserver pkg/server/options (serving, delegating authentication and authorization).
import type { IncomingMessage } from 'node:http'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { DelegatedAccess } from '../client/delegation/delegated-access.ts'
import type { Logger } from '../component-base/logger.ts'
import { type HealthAnswer, serveHealth } from '../component-base/serving/health-server.ts'
import { zPagePaths } from '../component-base/serving/z-page-paths.ts'
import { CertificateAuthority } from '../pki/certificate-authority.ts'
import { systemClock } from '../util/clock.ts'
import { addTlsFlags, type TlsFlags, tlsSettings } from './tls-flags.ts'
import { componentZPages } from './component-z-pages.ts'

export interface ComponentServerFlags extends TlsFlags {
  readonly bindAddress: string
  readonly securePort: string
  readonly tlsCertFile?: string
  readonly tlsPrivateKeyFile?: string
}

export function addComponentServerFlags(command: Command, defaultPort: string): Command {
  return addTlsFlags(command)
    .option('--bind-address <address>', 'address of /healthz, /livez, /readyz, /metrics, /statusz and /flagz', '127.0.0.1')
    .option('--secure-port <port>', 'their port; 0: none', defaultPort)
    .option('--tls-cert-file <file>', 'serving certificate (PEM); default: one made at the start, signed by nobody')
    .option('--tls-private-key-file <file>', 'its key (PEM)')
}

export interface ComponentServerOptions {
  /** `kube-scheduler` */
  readonly component: string
  /** What /flagz shows. */
  readonly flags: ReadonlyMap<string, string>
  readonly client: Pick<Client, 'create'>
  /** Text exposition format. */
  readonly metrics: () => string
  readonly logger: Logger
}

const openPaths = ['/healthz', '/livez', '/readyz']
const ownCertificateDays = 365

/** Serves until `signal` aborts. @throws {Error} when it cannot listen, or files are no pair */
export async function serveComponent(serving: ComponentServerFlags, options: ComponentServerOptions, signal: AbortSignal): Promise<void> {
  const { component, flags, client, metrics, logger } = options
  if (serving.securePort === '0') return
  const access = new DelegatedAccess({ client, clock: systemClock })
  const ok = () => ({ status: 200, body: 'ok' })
  const exposition = () => ({ status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: metrics() })
  const paths = { ...Object.fromEntries(openPaths.map((path) => [path, ok])), '/metrics': exposition }
  await serveHealth(
    {
      host: serving.bindAddress,
      port: Number(serving.securePort),
      paths: { ...paths, ...zPagePaths(componentZPages(component, { flags, paths: Object.keys(paths) })) },
      tls: { ...(await pairOf(serving)), ...tlsSettings(serving) },
      refuse: async (request, path) => (openPaths.includes(path) ? undefined : refusal(access, request, path, logger)),
    },
    signal,
  )
}

async function pairOf({ tlsCertFile, tlsPrivateKeyFile, bindAddress }: ComponentServerFlags): Promise<{ cert: string; key: string }> {
  if (tlsCertFile) return { cert: await readFile(tlsCertFile, 'utf8'), key: await readFile(tlsPrivateKeyFile ?? tlsCertFile, 'utf8') }
  const authority = await CertificateAuthority.create(`${hostname()}-ca`, systemClock)
  const hosts = ['localhost', '127.0.0.1', hostname(), ...(bindAddress === '0.0.0.0' || bindAddress === '::' ? [] : [bindAddress])]
  const { certificate, key } = await authority.issue({
    commonName: hostname(),
    hosts: [...new Set(hosts)],
    usages: ['server'],
    validityDays: ownCertificateDays,
  })
  return { cert: certificate, key }
}

async function refusal(access: DelegatedAccess, { headers, method = 'GET' }: IncomingMessage, path: string, logger: Logger): Promise<HealthAnswer | undefined> {
  try {
    const user = await access.authenticate(headers.authorization)
    if (!user) return { status: 401, body: 'Unauthorized\n' }
    if (await access.authorize(user, { nonResourceAttributes: { path, verb: method.toLowerCase() } })) return undefined
    return { status: 403, body: `forbidden: User ${JSON.stringify(user.name)} cannot ${method.toLowerCase()} path ${JSON.stringify(path)}\n` }
  } catch (error) {
    logger.error('The API server could not be asked about a caller', error)
    return { status: 500, body: 'Internal Server Error\n' }
  }
}
