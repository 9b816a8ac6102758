import { createHash, randomInt, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { load } from 'js-yaml'
import { bootstrapTokenNamePrefix, bootstrapTokenType, parseBootstrapToken } from '../../api/core/bootstrap-token.ts'
import type { Secret } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { secrets } from '../../api/resources.ts'
import { connectionOf } from '../../client/kubeconfig/connection.ts'
import type { Kubeconfig } from '../../client/kubeconfig/types.ts'
import { newClient } from '../../client/rest/client.ts'
import { newHttpsTransport } from '../../client/transport/https.ts'
import { formatTime } from '../../util/clock.ts'
import { openCluster } from '../cluster/clusters.ts'
import type { CliContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { durationOption, nameOption } from './options.ts'

export interface TokenCreateOptions {
  readonly name: string | undefined
  /** Of an administrator; takes the place of the cluster's name. */
  readonly kubeconfig?: string
  readonly token?: string
  /** 0: it never expires. */
  readonly ttlMs: number
  readonly description?: string
  readonly printJoinCommand: boolean
}

/** kubeadm's. */
const ttlMsDefault = 24 * 3_600_000
const joiningGroup = 'system:bootstrappers:kubeadm:default-node-token'

export function registerTokenCreate(tokens: Command, context: CliContext): void {
  tokens
    .command('create')
    .summary('make a bootstrap token, with which a machine can join')
    .argument('[token]', 'six and sixteen lower-case letters or digits, with a dot between; default: random ones')
    .addOption(nameOption())
    .option('--kubeconfig <file>', "of the cluster's administrator, instead of a name")
    .addOption(durationOption('--ttl <duration>', 'how long it is good for; 0s: for ever').default(ttlMsDefault, '24h'))
    .option('--description <text>', 'what it is for')
    .option('--print-join-command', 'print the command that joins, and not the token alone', false)
    .action((token: string | undefined, flags: { name?: string; kubeconfig?: string; ttl: number; description?: string; printJoinCommand: boolean }) =>
      tokenCreate({ ...flags, name: flags.name, ttlMs: flags.ttl, ...(token ? { token } : {}) }, context),
    )
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
const random = (length: number) => Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

export async function tokenCreate(options: TokenCreateOptions, { io, env, clock }: CliContext): Promise<void> {
  const text = options.token ?? `${random(6)}.${random(16)}`
  const token = parseBootstrapToken(text)
  if (!token) throw new CliError('usage', 'this is no bootstrap token', 'it has six, then sixteen lower-case letters or digits, with a dot between')
  const config = load(readFileSync(options.kubeconfig ?? openCluster(options.name, { env }).layout.adminKubeconfig, 'utf8')) as Kubeconfig
  const connection = connectionOf(config).transport
  const transport = newHttpsTransport(connection)
  try {
    const fields = {
      'token-id': token.id,
      'token-secret': token.secret,
      'usage-bootstrap-authentication': 'true',
      'usage-bootstrap-signing': 'true',
      'auth-extra-groups': joiningGroup,
      ...(options.ttlMs > 0 ? { expiration: formatTime(clock.now() + options.ttlMs) } : {}),
      ...(options.description ? { description: options.description } : {}),
    }
    const secret: New<Secret> = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: bootstrapTokenType,
      metadata: { namespace: 'kube-system', name: `${bootstrapTokenNamePrefix}${token.id}` },
      data: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
    }
    await newClient(transport, { userAgent: 'cox' }).create(secrets, secret)
  } finally {
    transport.close()
  }
  io.out.write(`${options.printJoinCommand ? joinCommand(connection, text) : text}\n`)
}

function joinCommand({ server, ca = '' }: { readonly server: string; readonly ca?: string }, token: string): string {
  const { host } = new URL(server)
  const key = new X509Certificate(ca).publicKey.export({ type: 'spki', format: 'der' })
  return `cox agent --join ${host} --token ${token} --discovery-token-ca-cert-hash sha256:${createHash('sha256').update(key).digest('hex')}`
}
