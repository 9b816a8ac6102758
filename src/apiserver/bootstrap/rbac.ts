import { ApiError, isAlreadyExists, isConflict } from '../../apimachinery/api-error.ts'
import { type KubeObject, keyOf, type New } from '../../api/object.ts'
import { clusterRoleBindings, clusterRoles, type ResourceType, roleBindings, roles } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { Logger } from '../../component-base/logger.ts'
import { type BootstrapObjects, bootstrapObjects } from '../authz/rbac/bootstrap-objects.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import { reconcileBinding, reconcileRole } from './reconcile-rbac.ts'

/** What must become of an existing object: a new state, `replace` (delete and create), or nothing. */
type Reconcile<T> = (existing: T, expected: New<T>) => T | 'replace' | undefined

/**
 * Makes or completes the roles and bindings that every cluster has. One that is refused is logged and does not hold up the rest.
 * @param namespacesExist resolves when kube-system is there
 * @param own objects that this cluster has beside those of every cluster
 */
export const rbacBootstrapRoles = (client: Client, namespacesExist: Promise<void>, logger: Logger, own: Partial<BootstrapObjects> = {}): PostStartHook => ({
  name: 'rbac/bootstrap-roles',
  async run(signal) {
    const every = bootstrapObjects()
    const reconcileAll = async <T extends KubeObject>(resource: ResourceType<T>, expected: readonly New<T>[], reconcile: Reconcile<T>) => {
      const { items } = await client.list(resource, { signal })
      const existing = new Map(items.map((object) => [keyOf(object), object]))
      await Promise.all(
        expected.map(async (object) => {
          const key = keyOf(object as unknown as T)
          try {
            await reconcileOne(client, resource, existing.get(key), object, reconcile)
          } catch (error) {
            if (!(error instanceof ApiError)) throw error
            logger.error('Bootstrap object could not be reconciled', error, { kind: resource.kind, name: key })
          }
        }),
      )
    }
    await reconcileAll(clusterRoles, [...every.clusterRoles, ...(own.clusterRoles ?? [])], reconcileRole)
    await reconcileAll(clusterRoleBindings, [...every.clusterRoleBindings, ...(own.clusterRoleBindings ?? [])], reconcileBinding)
    await namespacesExist
    await reconcileAll(roles, [...every.roles, ...(own.roles ?? [])], reconcileRole)
    await reconcileAll(roleBindings, [...every.roleBindings, ...(own.roleBindings ?? [])], reconcileBinding)
  },
})

async function reconcileOne<T extends KubeObject>(
  client: Client,
  resource: ResourceType<T>,
  existing: T | undefined,
  expected: New<T>,
  reconcile: Reconcile<T>,
): Promise<void> {
  try {
    if (!existing) return void (await client.create(resource, expected))
    const wanted = reconcile(existing, expected)
    if (wanted === undefined) return
    if (wanted !== 'replace') return void (await client.update(resource, wanted))
    await client.delete(resource, existing.metadata as { name: string })
    await client.create(resource, expected)
  } catch (error) {
    // Another API server starts at the same time and has done the same work.
    if (!isAlreadyExists(error) && !isConflict(error)) throw error
  }
}
