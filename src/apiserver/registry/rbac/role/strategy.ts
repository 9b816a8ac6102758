// Roles and ClusterRoles. Source: pkg/registry/rbac/{role,clusterrole}/strategy.go, pkg/apis/rbac/validation/validation.go.

import type { ClusterRole, PolicyRule, Role } from '../../../../api/rbac/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { validateLabelSelector } from '../../../../apimachinery/validation/labels.ts'
import { isPathSegmentName } from '../../../../apimachinery/validation/names.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { emptyAsNull } from '../../shared/empty-lists.ts'
import { twice } from '../../shared/twice.ts'

function validateRule(rule: PolicyRule, field: string, namespaced: boolean): FieldError[] {
  // A client may send null for an empty list.
  const [verbs, apiGroups, resources, nonResourceURLs] = [rule.verbs ?? [], rule.apiGroups ?? [], rule.resources ?? [], rule.nonResourceURLs ?? []]
  const errors = verbs.length ? [] : [required(`${field}.verbs`, 'verbs must contain at least one value')]
  if (nonResourceURLs.length) {
    if (namespaced) errors.push(invalid(`${field}.nonResourceURLs`, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'))
    if (apiGroups.length || resources.length || rule.resourceNames?.length) {
      errors.push(invalid(`${field}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'))
    }
    return errors
  }
  if (!apiGroups.length) errors.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'))
  if (!resources.length) errors.push(required(`${field}.resources`, 'resource rules must supply at least one resource'))
  return errors
}

const validateRules = (rules: readonly PolicyRule[] | undefined, namespaced: boolean) =>
  (rules ?? []).flatMap((rule, i) => validateRule(rule, `rules[${i}]`, namespaced))

function validateAggregation({ aggregationRule }: ClusterRole): FieldError[] {
  if (!aggregationRule) return []
  const field = 'aggregationRule.clusterRoleSelectors'
  const selectors = aggregationRule.clusterRoleSelectors ?? []
  if (!selectors.length) return [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
  return selectors.flatMap((selector, i) => {
    const errors = validateLabelSelector(`${field}[${i}]`, selector)
    return errors.length ? [...errors, invalid(`${field}[${i}]`, null, 'invalid label selector.')] : []
  })
}

export const roleStrategy: Strategy<Role> = {
  metadataChecksOnUpdate: ['whole', 'whole', 'changes'],
  allowCreateOnUpdate: true,
  validateName: isPathSegmentName,
  canonicalize: (role) => emptyAsNull(role, 'rules'),
  validate: (_, role) => validateRules(role.rules, true),
  validateUpdate: (_, role) => twice(validateRules(role.rules, true)),
}

const validateClusterRole = (role: ClusterRole) => [...validateRules(role.rules, false), ...validateAggregation(role)]

export const clusterRoleStrategy: Strategy<ClusterRole> = {
  metadataChecksOnUpdate: ['whole', 'whole', 'changes'],
  allowCreateOnUpdate: true,
  validateName: isPathSegmentName,
  canonicalize: (role) => emptyAsNull(role, 'rules'),
  validate: (_, role) => validateClusterRole(role),
  validateUpdate: (_, role) => twice(validateClusterRole(role)),
}
