import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { items, text } from '../view.ts'

const subjects = (object: JsonObject, kind: string, show: (subject: JsonObject) => string) =>
  items(object, 'subjects')
    .filter((each) => each['kind'] === kind)
    .map(show)
    .join(', ')

const bindingCells: KindCells = {
  Role: (object) => `${text(object, 'roleRef.kind')}/${text(object, 'roleRef.name')}`,
  Users: (object) => subjects(object, 'User', (subject) => text(subject, 'name')),
  Groups: (object) => subjects(object, 'Group', (subject) => text(subject, 'name')),
  ServiceAccounts: (object) => subjects(object, 'ServiceAccount', (subject) => `${text(subject, 'namespace')}/${text(subject, 'name')}`),
}

export const rbacCells: Readonly<Record<string, KindCells>> = {
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindingCells,
  'rbac.authorization.k8s.io/RoleBinding': bindingCells,
}
