// cox server: a whole control plane in one process, with its store on disk.
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import type { PluginSelection } from '../apiserver/admission-plugins.ts'
import type { Logger } from '../component-base/logger.ts'
import { defaultPolicy } from '../apiserver/audit/policy/default-policy.ts'
import { ensureClusterPki } from '../pki/cluster-pki.ts'
import { drivers } from '../storage/drivers/index.ts'
import { systemClock } from '../util/clock.ts'
import { apiServerHosts } from './api-server-hosts.ts'
import { boolFlag } from './bool-flag.ts'
import { addKey, encryptionFile, ensureEncryptionFile } from './cluster-encryption/key-file.ts'
import { rewriteSecrets } from './cluster-encryption/rewrite-secrets.ts'
import { afterReady, type AnonymousAuth, anonymousAuthChoices, newControlPlane } from './control-plane.ts'
import { addAdmissionFlags, type AdmissionFlags, admissionOptions } from './kube-apiserver-flags/admission.ts'
import { addAuditFlags, auditOptionsOf } from './kube-apiserver-flags/audit.ts'
import { openEncryption } from './kube-apiserver-flags/encryption.ts'
import { followServingFiles, type NamedFiles, namedFiles, ownServingFiles, readNamed, renewOwnCertificates } from './kube-apiserver-flags/serving.ts'
import { addLoggingFlags, loggerOf, type LoggingFlags } from './logging-flags.ts'
import { ClusterAuthority, keepAdminKubeconfig, KubeletCredentialFiles } from './own-credentials.ts'
import { runComponents, terminationSignal } from './run.ts'
import { parseFlags } from './shown-flags.ts'
import { addTlsFlags, type TlsFlags, tlsSettings } from './tls-flags.ts'
import { list } from './upstream-flags/values.ts'

/** Inside of the data directory, unless --audit-log-path says otherwise. */
const auditLogDefault = 'audit/audit.log'

interface Options extends AdmissionFlags, LoggingFlags, TlsFlags {
  readonly dataDir: string
  readonly bindAddress: string
  readonly securePort: string
  readonly serviceCidr: string
  readonly clusterCidr: string
  readonly nodeCidrMaskSize: string
  readonly writeKubeconfig?: string
  readonly nodeBridge?: string
  readonly rotateEncryptionKey?: boolean
  readonly anonymousAuth: AnonymousAuth
  readonly denyServiceExternalIps: boolean
  readonly tlsSan: readonly string[]
  readonly tlsSniCertKey: readonly NamedFiles[]
  readonly auditLogPath: string
}

export async function main(argv: readonly string[]): Promise<void> {
  const command = new Command('cox server')
    .description('Runs a control plane: API server, store, controllers and scheduler.')
    .requiredOption('--data-dir <directory>', 'holds the store, keys and certificates')
    .option('--bind-address <ip>', 'address to serve the API on', '127.0.0.1')
    .option('--secure-port <port>', 'port to serve the API on', '6443')
    .option('--service-cidr <cidr>', 'addresses of Services', '10.96.0.0/16')
    .option('--cluster-cidr <cidr>', 'addresses of pods', '10.244.0.0/16')
    .option('--node-cidr-mask-size <bits>', 'prefix length of the range that each node gets for its pods', '24')
    .option('--write-kubeconfig <file>', "write the administrator's kubeconfig here")
    .option('--node-bridge <name>', 'interface that local nodes are behind; routes to pods and Services are kept on it')
    .addOption(boolFlag('--deny-service-external-ips', 'refuse Services that claim addresses from outside (CVE-2020-8554)', true))
    .option('--tls-san <names>', 'further names and addresses in the serving certificate, separated by commas; may be repeated', list, [])
    .option(
      '--tls-sni-cert-key <cert,key[:names]>',
      'a certificate of your own, for clients that call the server by these names, or by those in it; may be repeated',
      namedFiles,
      [],
    )
    .option('--rotate-encryption-key', 'encrypt secrets with a new key, rewrite all of them and forget the old key')
    .addOption(
      new Option(
        '--anonymous-auth <where>',
        'requests without credentials: health (/livez, /readyz, /healthz), discovery (cluster-info, too), true (all), false',
      )
        .choices(anonymousAuthChoices)
        .default('health'),
    )
  // CIS Kubernetes Benchmark 1.2.16 to 1.2.19.
  addLoggingFlags(command)
  addTlsFlags(command)
  addAdmissionFlags(command)
  addAuditFlags(command, { logPath: join('<data-dir>', auditLogDefault), maxAge: '30', maxBackup: '10', maxSize: '100' })
  const flags = parseFlags(command, argv)
  const options = command.opts<Options>()
  process.title = 'cox server'
  const signal = terminationSignal()
  const logger = loggerOf(options)
  try {
    await serve(options, flags, logger, signal)
  } catch (error) {
    logger.error('The control plane has stopped', error)
    process.exitCode = 1
  }
}

async function serve(options: Options, flags: ReadonlyMap<string, string>, logger: Logger, signal: AbortSignal): Promise<void> {
  const { dataDir, bindAddress, securePort, serviceCidr } = options
  const port = Number(securePort)
  const directory = join(dataDir, 'pki')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await chmod(dataDir, 0o700)
  const keys = encryptionFile(dataDir)
  if (options.rotateEncryptionKey) await addKey(keys)
  else await ensureEncryptionFile(keys)
  const hosts = apiServerHosts({ addresses: [bindAddress, ...options.tlsSan], serviceCidrs: serviceCidr })
  const [pki, storage] = await Promise.all([
    ensureClusterPki({ directory, apiServerHosts: hosts, clock: systemClock }),
    drivers.sqlite({ directory: join(dataDir, 'store'), clock: systemClock, onFailure: (error) => fail(logger, error) }),
  ])
  const authority = new ClusterAuthority(directory, pki)
  const credentials = new KubeletCredentialFiles(directory, pki, authority)
  const audit = await auditOptionsOf(withAuditLog(options), logger, defaultPolicy)
  const controlPlane = await newControlPlane({
    storage,
    pki,
    kubeletCredentials: credentials,
    authority,
    address: bindAddress,
    port,
    serviceCidr,
    clusterCidr: options.clusterCidr,
    flags,
    nodeCidrMaskSize: Number(options.nodeCidrMaskSize),
    anonymousAuth: options.anonymousAuth,
    admission: ownAdmission(await admissionOptions(options), options),
    tls: { named: await readNamed(options.tlsSniCertKey), settings: tlsSettings(options) },
    ...(audit ? { audit } : {}),
    ...(options.nodeBridge ? { nodeBridge: options.nodeBridge } : {}),
    encryption: await openEncryption({ path: keys, reload: true, logger }),
    logger,
  })
  const { server, components } = controlPlane
  const admin = controlPlane.clientOf({ name: 'system:coxswain', groups: ['system:masters', 'system:authenticated'], extra: new Map() }, 'cox')
  const rotation = options.rotateEncryptionKey ? [afterReady(rewriteSecrets({ client: admin, path: keys, logger }), server)] : []
  try {
    await server.listen({ host: bindAddress, port })
    logger.info('Serving securely', { address: bindAddress, port })
    const followers = [
      followServingFiles(
        {
          ...ownServingFiles(directory),
          requestHeaderCaFile: join(directory, 'front-proxy-ca.crt'),
          named: options.tlsSniCertKey,
          settings: tlsSettings(options),
        },
        server,
        logger,
      ),
      authority.follow(logger),
      credentials.follow(logger),
      ...(options.writeKubeconfig ? [await keepAdminKubeconfig(options.writeKubeconfig, `https://${bindAddress}:${port}`, directory, pki, logger)] : []),
      renewOwnCertificates(directory, logger),
    ]
    await runComponents([...components, ...rotation, ...followers], signal, logger)
  } finally {
    await storage.close()
  }
}

/** What this server has on beside upstream's defaults, unless flags say otherwise. */
function ownAdmission(selection: PluginSelection, { denyServiceExternalIps }: Options): PluginSelection {
  const own = ['NodeRestriction', ...(denyServiceExternalIps ? ['DenyServiceExternalIPs'] : [])]
  const { enabled, disabled } = selection
  return { ...selection, enabled: [...new Set([...own.filter((name) => !disabled.includes(name)), ...enabled])] }
}

function withAuditLog(options: Options): Options {
  return { ...options, auditLogPath: options.auditLogPath.replace(/^<data-dir>/, () => options.dataDir) }
}

/** The store cannot be trusted any more: stop serving from it at once. */
function fail(logger: Logger, error: Error): never {
  logger.error('The store has failed', error)
  process.exit(1)
}
