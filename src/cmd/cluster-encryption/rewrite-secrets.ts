// `cox server --rotate-encryption-key`: the new key writes since the start; now everything is written again, and the old keys go.
import { secrets } from '../../api/resources.ts'
import { isConflict, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { Component } from '../../component-base/component.ts'
import type { Logger } from '../../component-base/logger.ts'
import { dropOldKeys } from './key-file.ts'

/** Secrets read at once. */
const pageSize = 500

export interface RewriteOptions {
  readonly client: Client
  /** Of the configuration; read again by the server when it changes. */
  readonly path: string
  readonly logger: Logger
}

/** To be run once the API server is ready. When it fails, the old keys stay and another start can try again. */
export function rewriteSecrets(options: RewriteOptions): Component {
  return {
    name: 'encryption key rotation',
    async run(signal) {
      try {
        const secrets = await rewriteAll(options.client, signal)
        await dropOldKeys(options.path)
        options.logger.info('The encryption key has been rotated', { secrets })
      } catch (error) {
        if (!signal.aborted) options.logger.error('The encryption key could not be rotated; the old keys are kept', error)
      }
      if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    },
  }
}

/** @returns how many there were */
async function rewriteAll(client: Client, signal: AbortSignal): Promise<number> {
  let count = 0
  let token = ''
  do {
    const page = await client.list(secrets, { limit: pageSize, ...(token ? { continue: token } : {}), signal })
    for (const secret of page.items) {
      await client.update(secrets, secret, { signal }).catch((error: unknown) => {
        // Gone, or written by somebody else meanwhile: with the new key.
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
    }
    count += page.items.length
    token = page.metadata.continue ?? ''
  } while (token)
  return count
}
