// ResourceQuotas. Source: pkg/registry/core/resourcequota/strategy.go, pkg/apis/core/validation/validation.go.
import type { ResourceQuota, ResourceQuotaSpec } from '../../../../api/core/v1.ts'
import { type FieldError, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { parseQuantity } from '../../../../apimachinery/quantity/quantity.ts'
import { immutableMessage } from '../../../../apimachinery/validation/object-meta.ts'
import type { Strategy } from '../../generic/strategy.ts'
import { internalForm } from '../../shared/pod-spec/internal-form.ts'
import { sortedEntries } from '../../shared/pod-spec/invalid-values.ts'
import { keepStatus } from '../../shared/status.ts'
import { validateQuantity } from '../../shared/pod-spec/validate-resources.ts'
import { isStandardQuotaResource, quotaScopes, validateQuotaResourceName } from '../../shared/validation/quota-resources.ts'

type Amounts = { readonly [name: string]: string } | undefined

const validateAmounts = (field: string, amounts: Amounts): readonly FieldError[] =>
  sortedEntries(amounts).flatMap(([name, text]) => {
    const at = `${field}[${name}]`
    return [...validateQuotaResourceName(at, name), ...validateQuantity(at, name, parseQuantity(text))]
  })

const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

/** Scopes that have no values to choose from. */
const plainScopes: ReadonlySet<string> = new Set(['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity'])

const misfits = (scope: string, hard: Amounts) =>
  sortedEntries(hard).filter(([name]) => isStandardQuotaResource(name) && quotaScopes.get(scope) !== undefined && !quotaScopes.get(scope)!.has(name))

function conflicts(field: string, names: readonly string[], scopes: readonly string[] | undefined): readonly FieldError[] {
  return opposites.filter((pair) => pair.every((scope) => names.includes(scope))).map(() => invalid(field, scopes, 'conflicting scopes'))
}

function validateScopes({ scopes = [], hard }: ResourceQuotaSpec): readonly FieldError[] {
  const field = 'spec.scopes'
  const errors = scopes.flatMap((scope) => [
    ...(quotaScopes.has(scope) ? [] : [invalid(field, scopes, 'unsupported scope')]),
    ...misfits(scope, hard).map(() => invalid(field, scopes, 'unsupported scope applied to resource')),
  ])
  return [...errors, ...conflicts(field, scopes, scopes)]
}

function validateScopeSelector({ scopeSelector, scopes, hard }: ResourceQuotaSpec): readonly FieldError[] {
  if (!scopeSelector) return []
  const field = 'spec.scopeSelector.matchExpressions'
  const expressions = scopeSelector.matchExpressions ?? []
  const errors = expressions.flatMap(({ scopeName, operator, values = [] }) => {
    const found: FieldError[] = []
    if (!quotaScopes.has(scopeName)) found.push(invalid(`${field}.scopeName`, scopeName, 'unsupported scope'))
    const selector = internalForm('ScopeSelector', scopeSelector)
    found.push(...misfits(scopeName, hard).map(() => invalid(field, selector, 'unsupported scope applied to resource')))
    if (plainScopes.has(scopeName) && operator !== 'Exists') {
      const names = 'ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort'
      found.push(invalid(`${field}.operator`, operator, `must be 'Exists' when scope is any of ${names} or ResourceQuotaScopeCrossNamespacePodAffinity`))
    }
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) found.push(required(`${field}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) found.push(invalid(`${field}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
    } else found.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'))
    return found
  })
  const names = expressions.map(({ scopeName }) => scopeName)
  return [...errors, ...conflicts(field, names, scopes)]
}

const validateSpec = (spec: ResourceQuotaSpec = {}) => [...validateAmounts('spec.hard', spec.hard), ...validateScopes(spec), ...validateScopeSelector(spec)]
const validateStatus = ({ status }: ResourceQuota) => [...validateAmounts('status.hard', status?.hard), ...validateAmounts('status.used', status?.used)]

const scopeSet = ({ spec }: ResourceQuota) => JSON.stringify([...new Set(spec?.scopes)].toSorted())

export const resourceQuotaStrategy: Strategy<ResourceQuota> = {
  prepareForCreate(_, quota) {
    quota.status = {}
  },
  prepareForUpdate: (_, quota, old) => keepStatus(quota, old),
  validate: (_, quota) => [...validateSpec(quota.spec), ...validateStatus(quota)],
  validateUpdate(_, quota, old) {
    const frozen = scopeSet(quota) === scopeSet(old) ? [] : [invalid('spec.scopes', quota.spec?.scopes, immutableMessage)]
    return [...validateSpec(quota.spec), ...frozen]
  },
  subresources: { status: { validateUpdate: (_, quota) => validateStatus(quota) } },
}
