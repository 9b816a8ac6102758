// kube-apiserver's flags for encryption at rest.
import { hostname } from 'node:os'
import type { Command } from 'commander'
import { apiServerId } from '../api-server-id.ts'
import { boolFlag } from '../bool-flag.ts'
import type { LoadedEncryption } from '../../apiserver/encryption/reload/load.ts'
import type { Logger } from '../../component-base/logger.ts'
import { systemClock } from '../../util/clock.ts'

export interface EncryptionFlags {
  encryptionProviderConfig?: string
  encryptionProviderConfigAutomaticReload: boolean
}

export function addEncryptionFlags(command: Command): Command {
  return command
    .option('--encryption-provider-config <file>', 'configuration of the providers that encrypt objects in the store')
    .addOption(boolFlag('--encryption-provider-config-automatic-reload', 'read the file set by --encryption-provider-config again when it changes', false))
}

/** @throws {Error} when the file cannot be used */
export async function encryptionOptions(flags: EncryptionFlags, logger: Logger): Promise<{ readonly encryption?: LoadedEncryption }> {
  const { encryptionProviderConfig: path, encryptionProviderConfigAutomaticReload: reload } = flags
  if (!path) {
    if (reload) throw new Error('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config')
    return {}
  }
  return { encryption: await openEncryption({ path, reload, logger }) }
}

/** Loaded only where it is used: its ciphers and gRPC cost a start some time. */
export async function openEncryption(options: { readonly path: string; readonly reload: boolean; readonly logger: Logger }): Promise<LoadedEncryption> {
  const { loadEncryption } = await import('../../apiserver/encryption/reload/load.ts')
  return loadEncryption({ ...options, apiServerId: apiServerId(hostname()), clock: systemClock })
}
