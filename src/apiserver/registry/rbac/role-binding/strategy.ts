// RoleBindings and ClusterRoleBindings. Source: pkg/registry/rbac/{rolebinding,clusterrolebinding}/strategy.go, pkg/apis/rbac/validation.
import type { ClusterRoleBinding, RoleBinding, RoleRef, Subject } from '../../../../api/rbac/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { type FieldError, invalid, notSupported, required } from '../../../../apimachinery/field-errors.ts'
import { isDns1123Subdomain, isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { twice } from '../../shared/twice.ts'

const rbacGroup = 'rbac.authorization.k8s.io'

function setDefaults({ roleRef, subjects }: { roleRef?: Mutable<RoleRef>; subjects?: Mutable<Subject>[] }): void {
  if (roleRef) roleRef.apiGroup ||= rbacGroup
  for (const subject of subjects ?? []) if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup
}

function validateSubject(subject: Subject, field: string, namespaced: boolean): FieldError[] {
  const { kind, apiGroup = '', name } = subject
  const errors = name ? [] : [required(`${field}.name`)]
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...isDns1123Subdomain(name).map((message) => invalid(`${field}.name`, name, message)))
      if (apiGroup) errors.push(notSupported(`${field}.apiGroup`, apiGroup, ['']))
      if (!namespaced && !subject.namespace) errors.push(required(`${field}.namespace`))
      return errors
    case 'User':
    case 'Group':
      return apiGroup === rbacGroup ? errors : [...errors, notSupported(`${field}.apiGroup`, apiGroup, [rbacGroup])]
    default:
      return [...errors, notSupported(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group'])]
  }
}

function validate({ roleRef, subjects = [] }: RoleBinding | ClusterRoleBinding, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = []
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']
  if (roleRef.apiGroup !== rbacGroup) errors.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [rbacGroup]))
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported('roleRef.kind', roleRef.kind, kinds))
  if (roleRef.name) errors.push(...isPathSegmentName(roleRef.name).map((message) => invalid('roleRef.name', roleRef.name, message)))
  else errors.push(required('roleRef.name'))
  return [...errors, ...subjects.flatMap((s, i) => validateSubject(s, `subjects[${i}]`, namespaced))]
}

/** As Go prints the internal type: the names of its fields. */
const asGo = ({ apiGroup, kind, name }: RoleRef) => ({ APIGroup: apiGroup ?? '', Kind: kind, Name: name })

function validateSameRole(now: RoleRef, old: RoleRef): FieldError[] {
  const same = now.apiGroup === old.apiGroup && now.kind === old.kind && now.name === old.name
  return same ? [] : [invalid('roleRef', asGo(now), 'cannot change roleRef')]
}

function bindingStrategy<T extends RoleBinding | ClusterRoleBinding>(namespaced: boolean): Strategy<T> {
  return {
    allowCreateOnUpdate: true,
    metadataChecksOnUpdate: ['whole', 'whole', 'changes'],
    validateName: isPathSegmentName,
    defaults: (binding) => setDefaults(binding as { roleRef?: Mutable<RoleRef>; subjects?: Mutable<Subject>[] }),
    validate: (_, binding) => validate(binding, namespaced),
    validateUpdate: (_, binding, old) => [...twice(validate(binding, namespaced)), ...validateSameRole(binding.roleRef, old.roleRef)],
  }
}

export const roleBindingStrategy = bindingStrategy<RoleBinding>(true)
export const clusterRoleBindingStrategy = bindingStrategy<ClusterRoleBinding>(false)
