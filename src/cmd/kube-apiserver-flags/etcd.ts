// kube-apiserver's flags for a store in etcd. Source: k8s.io/apiserver pkg/server/options/etcd.go.
import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { type Command, Option } from 'commander'
import type { SharedStoreOptions } from '../../apiserver/server-options.ts'
import type { Logger } from '../../component-base/logger.ts'
import { drivers } from '../../storage/drivers/index.ts'
import type { Storage } from '../../storage/storage.ts'
import { duration, list } from '../upstream-flags/values.ts'

export interface EtcdFlags {
  etcdServers: readonly string[]
  etcdPrefix: string
  etcdCafile?: string
  etcdCertfile?: string
  etcdKeyfile?: string
  etcdCompactionInterval: number
  etcdHealthcheckTimeout: number
  etcdReadycheckTimeout: number
  storageInitializationTimeout: number
}

/** Where the registry's keys are in a store of this process, and in etcd unless --etcd-prefix says otherwise. */
const registryPrefix = '/registry'

export function addEtcdFlags(command: Command): Command {
  return command
    .option('--etcd-servers <urls>', 'keep objects in this etcd (scheme://ip:port, separated by commas) instead of the store of this process', list, [])
    .option('--etcd-prefix <path>', 'what all keys in etcd begin with', registryPrefix)
    .option('--etcd-cafile <file>', "authorities of etcd's certificates; default: the machine's")
    .option('--etcd-certfile <file>', 'certificate to show to etcd')
    .option('--etcd-keyfile <file>', 'its key')
    .option('--etcd-compaction-interval <duration>', 'how much history etcd keeps, more or less; 0: this server never compacts', duration, 300_000)
    .option('--etcd-healthcheck-timeout <duration>', 'how long the check etcd waits for an answer', duration, 2_000)
    .option('--etcd-readycheck-timeout <duration>', 'how long the check etcd-readiness waits for an answer', duration, 2_000)
    .option('--storage-initialization-timeout <duration>', 'how long to wait for etcd at the start', duration, 60_000)
    .addOption(new Option('--storage-backend <name>', 'what --etcd-servers speak').choices(['etcd3', '']).hideHelp())
}

/** undefined: objects are kept in this process. @throws {Error} when etcd does not answer, or a flag makes no sense */
export async function openEtcd(flags: EtcdFlags, logger: Logger): Promise<{ storage: Storage; sharedStore: SharedStoreOptions } | undefined> {
  const { etcdServers: endpoints } = flags
  if (endpoints.length === 0) return undefined
  const storage = await drivers.etcd({
    endpoints,
    tls: await tlsFiles(flags),
    prefix: { ours: registryPrefix, theirs: posix.join('/', flags.etcdPrefix).replace(/\/$/, '') },
    initializationTimeoutMs: flags.storageInitializationTimeout,
    onBroken: (error, revision) => logger.warn('The watch of etcd has ended and is begun again', { reason: error.message, revision }),
  })
  logger.info('Objects are kept in etcd', { servers: endpoints, prefix: flags.etcdPrefix })
  const sharedStore = {
    compactionIntervalMs: flags.etcdCompactionInterval,
    healthTimeoutMs: flags.etcdHealthcheckTimeout,
    readinessTimeoutMs: flags.etcdReadycheckTimeout,
  }
  return { storage, sharedStore }
}

/** @throws {Error} */
async function tlsFiles({ etcdCafile, etcdCertfile, etcdKeyfile }: EtcdFlags) {
  if (!etcdCertfile !== !etcdKeyfile) throw new Error('--etcd-certfile and --etcd-keyfile must be given together')
  return {
    ...(etcdCafile ? { ca: await readFile(etcdCafile) } : {}),
    ...(etcdCertfile ? { certificate: await readFile(etcdCertfile) } : {}),
    ...(etcdKeyfile ? { key: await readFile(etcdKeyfile) } : {}),
  }
}
