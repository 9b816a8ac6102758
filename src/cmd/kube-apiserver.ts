// `kube-apiserver`: flags under upstream's names, read into the options of src/apiserver/server.ts.
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { ApiServerOptions } from '../apiserver/server-options.ts'
import { newReloadMetrics } from '../apiserver/metrics/reload-metrics.ts'
import { newApiServer } from '../apiserver/server.ts'
import { drivers } from '../storage/drivers/index.ts'
import type { Logger } from '../component-base/logger.ts'
import { MetricsRegistry } from '../component-base/metrics/registry.ts'
import { systemClock } from '../util/clock.ts'
import { fixedFlag } from './bool-flag.ts'
import type { ConfigWatching } from './config-source.ts'
import { addAdmissionFlags, type AdmissionFlags, admissionOptions } from './kube-apiserver-flags/admission.ts'
import { addAuditFlags, auditOptionsOf } from './kube-apiserver-flags/audit.ts'
import { addAuthenticationFlags, authenticationOptions } from './kube-apiserver-flags/authentication.ts'
import { addAuthorizationFlags, type AuthorizationFlags, authorizationOptions } from './kube-apiserver-flags/authorization.ts'
import { addCredentialFlags, type CredentialFlags, credentials } from './kube-apiserver-flags/credentials.ts'
import { collect } from './kube-apiserver-flags/flag-values.ts'
import { apiServerId } from './api-server-id.ts'
import { addEncryptionFlags, type EncryptionFlags, encryptionOptions } from './kube-apiserver-flags/encryption.ts'
import { addEtcdFlags, type EtcdFlags, openEtcd } from './kube-apiserver-flags/etcd.ts'
import { addIdentityFlags, type IdentityFlags, identityOptions } from './kube-apiserver-flags/identity.ts'
import { addKubeletClientFlags, type KubeletClientFlags, kubeletClientOptions } from './kube-apiserver-flags/kubelet-client.ts'
import { addOverloadFlags, type OverloadFlags, overloadOptions } from './kube-apiserver-flags/overload.ts'
import { followServingFiles, readTls, renewOwnCertificates, type ServingFiles } from './kube-apiserver-flags/serving.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { setProcessTitle } from './process-title.ts'
import { runComponents, terminationSignal } from './run.ts'
import { parseFlags } from './shown-flags.ts'
import { addTlsFlags, type TlsFlags } from './tls-flags.ts'
import { addUpstreamFlags, reportUpstreamFlags, type UpstreamFlags } from './upstream-flags/add.ts'
import { kubeApiserverOtherFlags } from './upstream-flags/kube-apiserver.ts'
import { duration } from './upstream-flags/values.ts'

interface Flags
  extends
    AdmissionFlags,
    AuthorizationFlags,
    CredentialFlags,
    EncryptionFlags,
    EtcdFlags,
    IdentityFlags,
    KubeletClientFlags,
    LoggingFlags,
    OverloadFlags,
    TlsFlags,
    UpstreamFlags {
  bindAddress: string
  securePort: string
  advertiseAddress?: string
  storageDriver: 'memory' | 'sqlite'
  tokenAuthFile?: string
  serviceNodePortRange: string
  serviceAccountIssuer?: string[]
  apiAudiences?: string
  eventTtl: number
}

/** Upstream's ports; it asks them wherever the components are. */
const controlPlaneParts = new Map([
  ['controller-manager', 10_257],
  ['scheduler', 10_259],
])

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

export async function main(argv: readonly string[]): Promise<void> {
  setProcessTitle('kube-apiserver', argv)
  const command = kubeApiserverCommand()
  const shown = parseFlags(command, argv)
  const flags = command.opts<Flags>()
  const logger = loggerOf(flags)
  reportUpstreamFlags(command, kubeApiserverOtherFlags, logger)
  await run(flags, shown, logger)
}

export function kubeApiserverCommand(): Command {
  const flags = new Command('cox kube-apiserver')
    .description('Serves the Kubernetes API.')
    .option('--bind-address <ip>', 'address to listen on', '0.0.0.0')
    .option('--secure-port <port>', 'port to serve HTTPS on; 0 picks a free one', '6443')
    .option('--advertise-address <ip>', 'address at which the members of the cluster reach this server')
    .option('--data-dir <directory>', 'holds the store and, when none are given, keys and certificates', 'coxswain-data')
    .addOption(new Option('--storage-driver <name>', 'where objects are kept, without --etcd-servers').choices(['memory', 'sqlite']).default('sqlite'))
    .option('--token-auth-file <file>', 'static tokens: token,user,uid,"group1,group2"')
    .option('--service-cluster-ip-range <cidrs>', 'one CIDR per IP family for Service addresses', '10.96.0.0/16')
    .option('--service-node-port-range <from-to>', 'ports of NodePort Services', '30000-32767')
    .option('--service-account-issuer <url>', 'issuer of tokens; the first one signs', collect)
    .option('--api-audiences <names>', 'audiences that tokens are accepted for; default: the issuers')
    .option('--event-ttl <duration>', 'how long Events live', duration, 3_600_000)
    .addOption(fixedFlag('--profiling', false, 'there are no profiling endpoints'))
  const areas = [
    addCredentialFlags,
    addAdmissionFlags,
    addAuditFlags,
    addAuthenticationFlags,
    addAuthorizationFlags,
    addEncryptionFlags,
    addEtcdFlags,
    addIdentityFlags,
    addKubeletClientFlags,
    addLoggingFlags,
    addOverloadFlags,
    addTlsFlags,
  ]
  return addUpstreamFlags(
    areas.reduce((command, add) => add(command), flags),
    kubeApiserverOtherFlags,
  )
}

async function run(flags: Flags, shown: ReadonlyMap<string, string>, logger: Logger): Promise<void> {
  const signal = terminationSignal()

  const { storage, ...store } = await openStorage(flags, logger)
  try {
    const audit = await auditOptionsOf(flags, logger)
    const registry = new MetricsRegistry()
    const reloads = (kind: 'authentication' | 'authorization') => newReloadMetrics(registry, kind, { apiServerId: apiServerId(hostname()), clock: systemClock })
    const { options, servingFiles, ownPki } = await optionsOf(flags, { clock: systemClock, logger, signal, reloads })
    const more = { ...(await encryptionOptions(flags, logger)), ...(audit ? { audit } : {}) }
    const server = await newApiServer({ ...options, ...more, ...store, flags: shown, controlPlaneParts, registry, storage, clock: systemClock, logger })
    const { port } = await server.listen({ host: flags.bindAddress, port: Number(flags.securePort) })
    logger.info('Serving securely', { address: flags.bindAddress, port })
    const renewal = ownPki ? [renewOwnCertificates(ownPki, logger)] : []
    await runComponents([server, followServingFiles(servingFiles, server, logger), ...renewal], signal, logger)
  } catch (error) {
    logger.error('The API server has stopped', error)
    process.exitCode = 1
  } finally {
    await storage.close()
  }
}

async function openStorage(flags: Flags, logger: Logger): Promise<Pick<ApiServerOptions, 'storage' | 'sharedStore'>> {
  const etcd = await openEtcd(flags, logger)
  if (etcd) return etcd
  if (flags.storageDriver === 'memory') return { storage: drivers.memory({ clock: systemClock }) }
  const onFailure = (error: Error) => {
    logger.error('The store has failed', error)
    process.exit(1)
  }
  return { storage: await drivers.sqlite({ directory: join(flags.dataDir, 'store'), clock: systemClock, onFailure }) }
}

interface Composition {
  readonly options: Omit<ApiServerOptions, 'storage' | 'clock' | 'logger'>
  readonly servingFiles: ServingFiles
  /** Directory of the keys and certificates that this server makes for itself. */
  readonly ownPki: string | undefined
}

async function optionsOf(flags: Flags, watching: ConfigWatching): Promise<Composition> {
  const read = (file: string) => readFile(file, 'utf8')
  const advertiseAddress = flags.advertiseAddress ?? '127.0.0.1'
  const [from, to] = flags.serviceNodePortRange.split('-').map(Number)
  const { tokenKeys, servingFiles, ownPki } = await credentials(flags, advertiseAddress)
  const issuers = flags.serviceAccountIssuer ?? ['https://kubernetes.default.svc']
  const { tokens, ...identity } = await identityOptions(flags, issuers, watching)
  const options = {
    tls: await readTls(servingFiles),
    ...(await kubeletClientOptions(flags)),
    ...authenticationOptions(flags),
    ...identity,
    ...(flags.tokenAuthFile ? { tokenFile: await read(flags.tokenAuthFile) } : {}),
    ...(await authorizationOptions(flags, watching)),
    admission: await admissionOptions(flags),
    serviceClusterIpRange: flags.serviceClusterIpRange,
    serviceNodePortRange: { from: from!, to: to! },
    serviceAccount: {
      issuers,
      ...tokenKeys,
      ...tokens,
      ...(flags.apiAudiences ? { audiences: list(flags.apiAudiences) } : {}),
      ...(flags.serviceAccountJwksUri ? { jwksUri: flags.serviceAccountJwksUri } : {}),
    },
    advertiseAddress: `${advertiseAddress}:${flags.securePort}`,
    eventTtlSeconds: Math.max(1, Math.floor(flags.eventTtl / 1000)),
    ...overloadOptions(flags),
  }
  return { options, servingFiles, ownPki }
}
