// `kube-apiserver`: flags under upstream's names, read into the options of src/apiserver/server.ts.
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type ApiServerOptions, type AuthorizationMode, newApiServer } from '../apiserver/server.ts'
import { type LogFormat, type LogLevel, newStreamLogger } from '../component-base/logs/stream-logger.ts'
import { ensureClusterPki } from '../pki/cluster-pki.ts'
import { drivers } from '../storage/drivers/index.ts'
import type { Storage } from '../storage/storage.ts'
import { systemClock } from '../util/clock.ts'
import { addOverloadFlags, type OverloadFlags, overloadOptions } from './kube-apiserver-flags/overload.ts'
import { runComponents, terminationSignal } from './run.ts'

interface Flags extends OverloadFlags {
  bindAddress: string
  securePort: string
  advertiseAddress?: string
  dataDir: string
  storageDriver: keyof typeof drivers
  tlsCertFile?: string
  tlsPrivateKeyFile?: string
  clientCaFile?: string
  tokenAuthFile?: string
  anonymousAuth: string
  authorizationMode: string
  enableAdmissionPlugins: string
  disableAdmissionPlugins: string
  serviceClusterIpRange: string
  serviceNodePortRange: string
  serviceAccountIssuer?: string[]
  serviceAccountSigningKeyFile?: string
  serviceAccountKeyFile?: string[]
  apiAudiences?: string
  loggingFormat: LogFormat
  v: string
}

const collect = (value: string, all: string[] = []) => [...all, value]
const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

export async function main(argv: readonly string[]): Promise<void> {
  await run(command().parse(argv, { from: 'user' }).opts<Flags>())
}

function command(): Command {
  const flags = new Command('cox kube-apiserver')
    .description('Serves the Kubernetes API.')
    .option('--bind-address <ip>', 'address to listen on', '0.0.0.0')
    .option('--secure-port <port>', 'port to serve HTTPS on; 0 picks a free one', '6443')
    .option('--advertise-address <ip>', 'address at which the members of the cluster reach this server')
    .option('--data-dir <directory>', 'holds the store and, when none are given, keys and certificates', 'coxswain-data')
    .addOption(new Option('--storage-driver <name>', 'where objects are kept').choices(Object.keys(drivers)).default('sqlite'))
    .option('--tls-cert-file <file>', 'serving certificate (PEM)')
    .option('--tls-private-key-file <file>', 'its key (PEM)')
    .option('--client-ca-file <file>', 'authorities that sign client certificates (PEM)')
    .option('--token-auth-file <file>', 'static tokens: token,user,uid,"group1,group2"')
    .option('--anonymous-auth <bool>', 'whether requests without credentials are system:anonymous', 'true')
    .option('--authorization-mode <modes>', 'ordered list of Node, RBAC, AlwaysAllow', 'Node,RBAC')
    .option('--enable-admission-plugins <names>', 'beside those that are on by default', '')
    .option('--disable-admission-plugins <names>', 'of those that are on by default', '')
    .option('--service-cluster-ip-range <cidrs>', 'one CIDR per IP family for Service addresses', '10.96.0.0/16')
    .option('--service-node-port-range <from-to>', 'ports of NodePort Services', '30000-32767')
    .option('--service-account-issuer <url>', 'issuer of tokens; the first one signs', collect)
    .option('--service-account-signing-key-file <file>', 'key that signs tokens (PEM)')
    .option('--service-account-key-file <file>', 'key that tokens are verified with (PEM); may be repeated', collect)
    .option('--api-audiences <names>', 'audiences that tokens are accepted for; default: the issuers')
    .addOption(new Option('--logging-format <format>', 'form of log lines').choices(['text', 'json', 'pretty']).default('text'))
    .option('-v, --v <level>', 'verbosity; 4 and more shows debug lines', '0')
  return addOverloadFlags(flags)
}

async function run(flags: Flags): Promise<void> {
  process.title = 'kube-apiserver'
  const level: LogLevel = Number(flags.v) >= 4 ? 'debug' : 'info'
  const logger = newStreamLogger({ stream: process.stderr, format: flags.loggingFormat, level })
  const signal = terminationSignal()

  const storage = await openStorage(flags, (error) => {
    logger.error('The store has failed', error)
    process.exit(1)
  })
  try {
    const server = await newApiServer({ ...(await optionsOf(flags)), storage, clock: systemClock, logger })
    const { port } = await server.listen({ host: flags.bindAddress, port: Number(flags.securePort) })
    logger.info('Serving securely', { address: flags.bindAddress, port })
    await runComponents([server], signal, logger)
  } finally {
    await storage.close()
  }
}

function openStorage({ storageDriver, dataDir }: Flags, onFailure: (error: Error) => void): Promise<Storage> {
  if (storageDriver === 'memory') return Promise.resolve(drivers.memory({ clock: systemClock }))
  return drivers.sqlite({ directory: join(dataDir, 'store'), clock: systemClock, onFailure })
}

async function optionsOf(flags: Flags): Promise<Omit<ApiServerOptions, 'storage' | 'clock' | 'logger'>> {
  const read = (file: string) => readFile(file, 'utf8')
  const advertiseAddress = flags.advertiseAddress ?? '127.0.0.1'
  const [from, to] = flags.serviceNodePortRange.split('-').map(Number)
  const { tls, tokenKeys } = await credentials(flags, advertiseAddress)
  return {
    tls,
    ...(flags.tokenAuthFile ? { tokenFile: await read(flags.tokenAuthFile) } : {}),
    authorizationModes: authorizationModes(flags.authorizationMode),
    anonymousAuth: flags.anonymousAuth !== 'false',
    admission: { enabled: list(flags.enableAdmissionPlugins), disabled: list(flags.disableAdmissionPlugins) },
    serviceClusterIpRange: flags.serviceClusterIpRange,
    serviceNodePortRange: { from: from!, to: to! },
    serviceAccount: {
      issuers: flags.serviceAccountIssuer ?? ['https://kubernetes.default.svc'],
      ...tokenKeys,
      ...(flags.apiAudiences ? { audiences: list(flags.apiAudiences) } : {}),
    },
    advertiseAddress: `${advertiseAddress}:${flags.securePort}`,
    ...overloadOptions(flags),
  }
}

function authorizationModes(text: string): AuthorizationMode[] {
  return list(text).map((mode) => {
    if (mode === 'Node' || mode === 'RBAC' || mode === 'AlwaysAllow') return mode
    throw new Error(`--authorization-mode: ${mode} is none of Node, RBAC, AlwaysAllow`)
  })
}

/** Files that flags name, or a cluster's own keys in the data directory. */
async function credentials(flags: Flags, advertiseAddress: string) {
  const read = (file: string) => readFile(file, 'utf8')
  const { tlsCertFile, tlsPrivateKeyFile, clientCaFile, serviceAccountSigningKeyFile, serviceAccountKeyFile = [] } = flags
  const own =
    tlsCertFile && serviceAccountSigningKeyFile
      ? undefined
      : await ensureClusterPki({
          directory: join(flags.dataDir, 'pki'),
          apiServerHosts: [
            'kubernetes',
            'kubernetes.default',
            'kubernetes.default.svc',
            'kubernetes.default.svc.cluster.local',
            'localhost',
            hostname(),
            '127.0.0.1',
            '::1',
            advertiseAddress,
          ],
          clock: systemClock,
        })
  const serving = tlsCertFile ? { certificate: await read(tlsCertFile), key: await read(tlsPrivateKeyFile ?? tlsCertFile) } : own!.apiServer
  const clientCa = clientCaFile ? await read(clientCaFile) : own?.ca.pair.certificate
  return {
    tls: { ...serving, ...(clientCa ? { clientCa } : {}) },
    tokenKeys: {
      signingKey: serviceAccountSigningKeyFile ? await read(serviceAccountSigningKeyFile) : own!.serviceAccount.privateKey,
      verificationKeys: await Promise.all(serviceAccountKeyFile.map(read)),
    },
  }
}
