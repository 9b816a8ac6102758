// Who a kubelet is, and how it stays that: certificates from files, or asked for and rotated. Source: cmd/kubelet/app/server.go
// (buildKubeletClientConfig), pkg/kubelet/certificate/bootstrap/bootstrap.go.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { dump } from 'js-yaml'
import type { Client } from '../client/client.ts'
import { connectionOf } from '../client/kubeconfig/connection.ts'
import type { Kubeconfig } from '../client/kubeconfig/types.ts'
import { newClient } from '../client/rest/client.ts'
import { newHttpsTransport } from '../client/transport/https.ts'
import type { Transport } from '../client/transport/transport.ts'
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'
import { watchFiles } from '../component-base/serving/watch-files.ts'
import { CertificateManager } from '../kubelet/certificate/certificate-manager.ts'
import { clientCertificateOf, servingCertificateOf } from '../kubelet/certificate/kubelet-certificates.ts'
import { CertificateStore } from '../kubelet/certificate/store.ts'
import { isPair } from '../pki/key-pair-files.ts'
import type { KeyPair } from '../pki/x509.ts'
import { systemClock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import { boolFlag } from './bool-flag.ts'
import { componentClient, readKubeconfig } from './component-client.ts'
import { version } from './version.ts'

export interface IdentityFlags {
  readonly kubeconfig: string
  readonly bootstrapKubeconfig?: string
  readonly certDir: string
  readonly rotateCertificates: boolean
  readonly rotateServerCertificates: boolean
}

export function addIdentityFlags(command: Command, certDirectory: string): Command {
  return command
    .option('--bootstrap-kubeconfig <file>', 'how to get a first certificate when --kubeconfig does not exist; it is written then')
    .option('--cert-dir <directory>', 'certificates that were asked for', certDirectory)
    .addOption(boolFlag('--rotate-certificates', 'ask for a new client certificate when the current one nears its end', false))
    .addOption(boolFlag('--rotate-server-certificates', 'ask for the serving certificate, and for a new one when it nears its end', false))
}

export interface KubeletIdentity {
  readonly client: Client
  readonly transport: Transport
  /** To be run beside the kubelet. */
  readonly components: readonly Component[]
}

const managerDefaults = { clock: systemClock, rand: systemRand }
const bootstrapContext = 'default-context'

/** The kubeconfig that bootstrapping leaves: the same cluster, and the current certificate by its link. */
function bootstrapped(bootstrap: Kubeconfig, pem: string): Kubeconfig {
  const context = bootstrap.contexts.find(({ name }) => name === bootstrap['current-context'])?.context
  const cluster = bootstrap.clusters.find(({ name }) => name === context?.cluster)?.cluster ?? {}
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': bootstrapContext,
    clusters: [{ name: 'default-cluster', cluster }],
    users: [{ name: 'default-auth', user: { 'client-certificate': pem, 'client-key': pem } }],
    contexts: [{ name: bootstrapContext, context: { cluster: 'default-cluster', user: 'default-auth', namespace: 'default' } }],
  }
}

interface ClientCertificateOptions {
  readonly store: CertificateStore
  readonly client: () => Client
  readonly nodeName: string
  readonly authorities?: string
  readonly logger: Logger
}

/** What the kubelet is known by to the API server. */
const clientCertificates = ({ nodeName, ...options }: ClientCertificateOptions) =>
  new CertificateManager({ ...managerDefaults, ...options, name: 'kubelet-client', wanted: () => clientCertificateOf(nodeName) })

/** Gets the first certificate with the rights of --bootstrap-kubeconfig, and writes --kubeconfig. */
async function bootstrap(flags: IdentityFlags, file: string, nodeName: string, logger: Logger, signal: AbortSignal): Promise<void> {
  const config = readKubeconfig(file)
  const { client, transport } = componentClient(config, 'kubelet-bootstrap')
  const store = new CertificateStore(flags.certDir, 'kubelet-client', systemClock)
  try {
    const manager = clientCertificates({ store, client: () => client, nodeName, logger })
    await manager.ensure(signal)
    mkdirSync(dirname(flags.kubeconfig), { recursive: true, mode: 0o700 })
    writeFileSync(flags.kubeconfig, dump(bootstrapped(config, store.currentPath), { lineWidth: -1 }), { mode: 0o600 })
    logger.info('Bootstrapped', { node: nodeName, kubeconfig: flags.kubeconfig })
  } finally {
    transport.close()
  }
}

export interface IdentityOptions {
  readonly nodeName: string
  /** A certificate that came with the kubeconfig: used until there is a later one. */
  readonly first?: KeyPair
  /** PEM: the cluster's, the one that signs first; certificates of others are replaced at the start. */
  readonly authorities?: string
  readonly logger: Logger
}

/** The kubelet's client, with a certificate that is rotated if the flags say so. @throws {Error} when there is no usable kubeconfig */
export async function kubeletIdentity(
  flags: IdentityFlags,
  { nodeName, first, authorities, logger }: IdentityOptions,
  signal: AbortSignal,
): Promise<KubeletIdentity> {
  if (flags.bootstrapKubeconfig && !existsSync(flags.kubeconfig)) await bootstrap(flags, flags.bootstrapKubeconfig, nodeName, logger, signal)
  const config = readKubeconfig(flags.kubeconfig)
  if (!flags.rotateCertificates) return { ...componentClient(config, 'kubelet'), components: [] }
  const store = new CertificateStore(flags.certDir, 'kubelet-client', systemClock)
  const manager: CertificateManager = clientCertificates({ store, client: () => client, nodeName, logger, ...(authorities ? { authorities } : {}) })
  if (first) manager.offer(first)
  const { transport: options } = connectionOf(config)
  const given = options.clientCertificate
  const transport = newHttpsTransport({
    ...options,
    clientCertificate: () => (manager.current ? shown(manager.current) : given?.()),
  })
  const client: Client = newClient(transport, { userAgent: `kubelet/${version}` })
  return { client, transport, components: [manager] }
}

/** The same text for the same pair, so that connections stay. */
const shown = ({ certificate, key }: KeyPair) => ({ cert: certificate, key })

export interface ServingOptions extends IdentityOptions {
  readonly client: Client
  /** Addresses under which the kubelet is reached. */
  readonly addresses: readonly string[]
}

/** The serving certificate that the kubelet asks for. */
export function rotatedServing(
  { certDir }: Pick<IdentityFlags, 'certDir'>,
  { nodeName, addresses, client, first, authorities, logger }: ServingOptions,
): CertificateManager {
  const manager = new CertificateManager({
    ...managerDefaults,
    name: 'kubelet-server',
    store: new CertificateStore(certDir, 'kubelet-server', systemClock),
    client: () => client,
    wanted: () => servingCertificateOf(nodeName, addresses),
    // One that came with the kubeconfig is for the name alone, which is what the API server looks at.
    ...(authorities ? { authorities } : {}),
    requiredHosts: () => (first ? [nodeName] : [nodeName, ...addresses]),
    logger,
  })
  if (first) manager.offer(first)
  return manager
}

/** How the kubelet's server gets its certificate from a manager. */
export const servedBy = (manager: CertificateManager) => ({
  ...manager.current,
  onNewCertificate: (use: (pair: KeyPair) => void) => manager.onChange(use),
})

/** --tls-cert-file and --tls-private-key-file: a pair that replaces them is served without a restart. */
export function servedFromFiles(certFile: string, keyFile: string, logger: Logger) {
  const read = (): KeyPair => ({ certificate: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') })
  let use: ((pair: KeyPair) => void) | undefined
  const changed = async () => {
    const pair = read()
    if (!isPair(pair)) throw new Error(`${certFile} and ${keyFile} are no pair`)
    use?.(pair)
  }
  return {
    serving: { ...read(), onNewCertificate: (listener: (pair: KeyPair) => void) => void (use = listener) },
    component: watchFiles({ files: [certFile, keyFile], changed, clock: systemClock, logger }),
  }
}

export const certDirectoryOf = (rootDirectory: string) => join(rootDirectory, 'pki')
