import type { KubeObject } from '../../../api/object.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../../../api/resources.ts'
import type { Informer, InformerFactory } from '../../../client/informers/informer.ts'
import type { RbacIndex } from './rbac-index.ts'

/** Keeps the index as the cluster's roles and bindings are. */
export function followRbac(index: RbacIndex, informers: InformerFactory): void {
  const setRole = index.setRole.bind(index)
  const deleteRole = index.deleteRole.bind(index)
  const setBinding = index.setBinding.bind(index)
  const deleteBinding = index.deleteBinding.bind(index)
  follow(informers.for(roles), setRole, deleteRole)
  follow(informers.for(clusterRoles), setRole, deleteRole)
  follow(informers.for(roleBindings), setBinding, deleteBinding)
  follow(informers.for(clusterRoleBindings), setBinding, deleteBinding)
}

function follow<T extends KubeObject>(informer: Informer<T>, set: (object: T) => void, remove: (object: T) => void): void {
  informer.addHandler({ add: set, update: (_old, now) => set(now), delete: remove })
}
