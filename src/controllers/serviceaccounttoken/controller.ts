import type { ServiceAccount } from '../../api/core/v1.ts'
import { accountOf, tokenSecretType } from '../../api/core/token-secret.ts'
import { keyOf } from '../../api/object.ts'
import { secrets as secretResource, serviceAccounts } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import { jwsSigningKey, signClaims } from '../../pki/jws-key.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done } from '../framework/result.ts'
import { decide, legacyClaims } from './decide.ts'

export interface ServiceAccountTokenOptions {
  /** PEM: the private key that signs. */
  readonly signingKey: string
  /** What secrets say of the API server's authority, as of each moment; left out: nothing. */
  readonly rootCa?: { readonly bundle: string }
}

/**
 * Fills the Secrets that somebody has made for tokens of service accounts, and deletes them with their account. Keys are secrets.
 * @throws {Error} for a key that cannot sign
 */
export function newServiceAccountTokenController(context: ControllerContext, { signingKey, rootCa }: ServiceAccountTokenOptions): Controller {
  const { client, informers } = context
  const key = jwsSigningKey(signingKey)
  const secrets = informers.for(secretResource, { fieldSelector: `type=${tokenSecretType}` })
  const accounts = informers.for(serviceAccounts)
  secrets.addIndex('account', (secret) => {
    const account = accountOf(secret)
    return account ? [`${secret.metadata.namespace}/${account.name}`] : []
  })

  /** Uncached: a secret is not given up on the word of a cache. */
  async function accountOnServer(namespace: string, name: string, signal: AbortSignal): Promise<ServiceAccount | undefined> {
    return client.get(serviceAccounts, { namespace, name }, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
  }

  return controller('serviceaccount-token-controller', context, {
    watches: [onChange(secrets, keyOf), onChange(accounts, (account) => secrets.lister.byIndex('account', keyOf(account)).map(keyOf))],
    async reconcile(name, signal) {
      const secret = secrets.lister.get(name)
      const named = secret && accountOf(secret)
      if (!secret || !named) return done
      const { namespace = '', uid } = secret.metadata
      const tokens = { rootCa: rootCa?.bundle, sign: (...of: Parameters<typeof legacyClaims>) => signClaims(key, legacyClaims(...of)) }
      let plan = decide(secret, accounts.lister.get(`${namespace}/${named.name}`), tokens)
      if (plan.kind === 'delete') plan = decide(secret, await accountOnServer(namespace, named.name, signal), tokens)
      try {
        if (plan.kind === 'update') await client.update(secretResource, plan.secret, { signal })
        if (plan.kind === 'delete') await client.delete(secretResource, secret.metadata, { preconditions: { uid: uid! }, signal })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      return done
    },
  })
}
