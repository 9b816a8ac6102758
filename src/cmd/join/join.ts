// `cox agent --join`: from a bootstrap token to a kubeconfig with which the kubelet can ask for a certificate. Source: kubeadm join
// (cmd/kubeadm/app/discovery/token, phases/kubelet/start.go).
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { dump } from 'js-yaml'
import { type BootstrapToken, parseBootstrapToken } from '../../api/core/bootstrap-token.ts'
import type { ConfigMap } from '../../api/core/v1.ts'
import { isNotFound, isUnauthorized } from '../../apimachinery/api-error.ts'
import { newClient } from '../../client/rest/client.ts'
import { newHttpsTransport } from '../../client/transport/https.ts'
import type { Kubeconfig } from '../../client/kubeconfig/types.ts'
import { configMaps } from '../../api/resources.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { version } from '../version.ts'
import { type ClusterInfo, clusterInfoOf, parsePin } from './cluster-info.ts'

export interface JoinFlags {
  readonly join?: string
  readonly token?: string
  readonly discoveryTokenCaCertHash: readonly string[]
  readonly discoveryTokenUnsafeSkipCaVerification?: boolean
}

export function addJoinFlags(command: Command): Command {
  return command
    .option('--join <host:port>', 'API server of the cluster to join, when --kubeconfig does not exist yet')
    .option('--token <token>', 'bootstrap token for joining, as `cox token create` prints it')
    .option(
      '--discovery-token-ca-cert-hash <hash>',
      "sha256:<hex> of the public key of the cluster's authority; may be repeated",
      (text: string, all: readonly string[]) => [...all, parsePin(text)],
      [],
    )
    .option('--discovery-token-unsafe-skip-ca-verification', 'join without such a hash: whoever has the token could pose as the cluster')
}

export interface Joining {
  /** `host:port` */
  readonly address: string
  readonly token: BootstrapToken
  readonly pins: readonly string[]
}

/** Undefined without --join. @throws {Error} for flags that do not fit together */
export function joiningOf(flags: JoinFlags): Joining | undefined {
  const { join: address, token: text = '', discoveryTokenCaCertHash: pins, discoveryTokenUnsafeSkipCaVerification: unsafe = false } = flags
  if (!address) return undefined
  const token = parseBootstrapToken(text)
  if (!token) throw new Error(`the bootstrap token ${JSON.stringify(text.replace(/\..*/, '.***'))} was not of the form "\\A([a-z0-9]{6})\\.([a-z0-9]{16})\\z"`)
  if (pins.length === 0 && !unsafe) {
    throw new Error('using token-based discovery without caCertHashes can be unsafe. Set --discovery-token-unsafe-skip-ca-verification to continue')
  }
  return { address, token, pins }
}

export interface JoinOptions {
  readonly clock: Clock
  readonly logger: Logger
}

/** Upstream's, for each attempt. */
const retryMs = 5_000
/** How often a token is looked for that signs nothing. */
const signatureAttemptsMax = 6

/** Finds the cluster and writes the kubeconfig of its bootstrapping user. @throws {Error} for a cluster that is not the one that was meant */
export async function writeBootstrapKubeconfig(file: string, joining: Joining, { clock, logger }: JoinOptions, signal: AbortSignal): Promise<void> {
  const { server, ca } = await discover(joining, { clock, logger }, signal)
  const { id, secret } = joining.token
  const config: Kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'tls-bootstrap-token-user@kubernetes',
    clusters: [{ name: 'kubernetes', cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'tls-bootstrap-token-user', user: { token: `${id}.${secret}` } }],
    contexts: [{ name: 'tls-bootstrap-token-user@kubernetes', context: { cluster: 'kubernetes', user: 'tls-bootstrap-token-user' } }],
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, dump(config, { lineWidth: -1 }), { mode: 0o600 })
  logger.info('Found the cluster', { server })
}

/**
 * Asks a server that is not known yet, without credentials; then, when its authority is pinned, the same server again as one that the
 * authority has certified. Waits for servers that do not answer, and for tokens that are not signed with yet.
 */
async function discover({ address, token, pins }: Joining, { clock, logger }: JoinOptions, signal: AbortSignal): Promise<ClusterInfo> {
  const server = `https://${address}`
  let attempts = 0
  for (;;) {
    let found: ConfigMap
    try {
      found = await read(server, undefined, signal)
    } catch (error) {
      if (isUnauthorized(error)) {
        throw new Error('the API server shows cluster-info to nobody without credentials: start it with --anonymous-auth=discovery', { cause: error })
      }
      signal.throwIfAborted()
      logger.warn('The cluster cannot be asked yet, trying again', { server, error: error instanceof Error ? error.message : String(error) })
      await clock.sleep(retryMs, signal)
      continue
    }
    if (!isSignedWith(found, token) && attempts++ < signatureAttemptsMax) {
      // The signer may not have seen a token that was made a moment ago.
      await clock.sleep(retryMs, signal)
      continue
    }
    const info = clusterInfoOf(found, token, pins)
    const again = clusterInfoOf(await read(server, info.ca, signal), token, pins)
    if (again.server !== info.server || again.ca !== info.ca)
      throw new Error('the second answer of the API server differs from the first: it cannot be trusted')
    return info
  }
}

const isSignedWith = ({ data = {} }: ConfigMap, { id }: BootstrapToken) => Object.hasOwn(data, `jws-kubeconfig-${id}`)

/** @param ca undefined: whoever answers is listened to, and not believed */
async function read(server: string, ca: string | undefined, signal: AbortSignal): Promise<ConfigMap> {
  const transport = newHttpsTransport({ server, ...(ca === undefined ? { insecureSkipTlsVerify: true } : { ca }) })
  try {
    return await newClient(transport, { userAgent: `cox-agent/${version}` }).get(configMaps, { namespace: 'kube-public', name: 'cluster-info' }, { signal })
  } catch (error) {
    if (isNotFound(error)) throw new Error('the cluster has no ConfigMap kube-public/cluster-info yet', { cause: error })
    throw error
  } finally {
    transport.close()
  }
}
