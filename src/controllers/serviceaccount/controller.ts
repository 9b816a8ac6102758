import { keyOf, splitKey } from '../../api/object.ts'
import { namespaces, serviceAccounts } from '../../api/resources.ts'
import { isAlreadyExists } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { ignoringEndingNamespace } from '../framework/ending-namespace.ts'
import { done } from '../framework/result.ts'

/** The account that pods run as unless they name another. */
const name = 'default'

/** Keeps a ServiceAccount `default` in every namespace. Keys are namespaces. */
export function newServiceAccountController(context: ControllerContext): Controller {
  const { client, informers } = context
  const spaces = informers.for(namespaces)
  const accounts = informers.for(serviceAccounts)
  return controller('serviceaccount-controller', context, {
    watches: [onChange(spaces, keyOf), onChange(accounts, (account) => (account.metadata.name === name ? splitKey(keyOf(account)).namespace : undefined))],
    async reconcile(namespace, signal) {
      const space = spaces.lister.get(namespace)
      if (space?.status?.phase !== 'Active' || accounts.lister.get(`${namespace}/${name}`)) return done
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } } as const
      await ignoringEndingNamespace(client.create(serviceAccounts, account, { signal })).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error
      })
      return done
    },
  })
}
