// Source: k8s.io/apiserver pkg/apis/audit/validation/validation.go.
import type { GroupResources, Policy, PolicyRule } from '../../../api/audit/v1.ts'
import { type FieldError, invalid, notSupported, required } from '../../../apimachinery/field-errors.ts'
import { isDns1123Subdomain } from '../../../apimachinery/validation/names.ts'
import { levels, stages } from '../level.ts'

export function validatePolicy({ omitStages, rules }: Policy): readonly FieldError[] {
  return [...validateOmitStages(omitStages, 'omitStages'), ...(rules ?? []).flatMap((rule, index) => validateRule(rule, `rules[${index}]`))]
}

function validateRule(rule: PolicyRule, path: string): readonly FieldError[] {
  const { level, nonResourceURLs, resources, namespaces, omitStages } = rule
  const errors = [
    ...validateLevel(level, `${path}.level`),
    ...validateUrls(nonResourceURLs ?? [], `${path}.nonResourceURLs`),
    ...validateResources(resources ?? [], `${path}.resources`),
    ...validateOmitStages(omitStages, `${path}.omitStages`),
  ]
  if (nonResourceURLs?.length && (resources?.length || namespaces?.length)) {
    errors.push(invalid(`${path}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'))
  }
  return errors
}

function validateLevel(level: string | undefined, path: string): readonly FieldError[] {
  if (!level) return [required(path)]
  return (levels as readonly string[]).includes(level) ? [] : [notSupported(path, level, levels)]
}

function validateUrls(urls: readonly string[], path: string): readonly FieldError[] {
  return urls.flatMap((url, index) => {
    if (url === '*') return []
    const at = `${path}[${index}]`
    return [
      ...(url.startsWith('/') ? [] : [invalid(at, url, "non-resource URL rules must begin with a '/' character")]),
      ...(url.slice(0, -1).includes('*') ? [invalid(at, url, "non-resource URL wildcards '*' must be the final character of the rule")] : []),
    ]
  })
}

/** Upstream names the list, not its item. */
function validateResources(resources: readonly GroupResources[], path: string): readonly FieldError[] {
  return resources.flatMap(({ group, resources: names, resourceNames }) => {
    const messages = group ? isDns1123Subdomain(group) : []
    return [
      ...(messages.length > 0 ? [invalid(`${path}.group`, group, messages.join(','))] : []),
      ...(resourceNames?.length && !names?.length
        ? [invalid(`${path}.resourceNames`, resourceNames, 'using resourceNames requires at least one resource')]
        : []),
    ]
  })
}

function validateOmitStages(omitted: readonly string[] | undefined, path: string): readonly FieldError[] {
  return (omitted ?? []).flatMap((stage, index) =>
    (stages as readonly string[]).includes(stage) ? [] : [invalid(`${path}[${index}]`, stage, `allowed stages are ${stages.join(',')}`)],
  )
}
