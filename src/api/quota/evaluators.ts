import { deviceClaimEvaluator, volumeClaimEvaluator } from './claims.ts'
import { objectCountEvaluator, type QuotaEvaluator } from './evaluator.ts'
import { podEvaluator } from './pods.ts'
import { serviceEvaluator } from './services.ts'

const own: ReadonlyMap<string, QuotaEvaluator> = new Map([
  ['pods', podEvaluator],
  ['services', serviceEvaluator],
  ['persistentvolumeclaims', volumeClaimEvaluator],
  ['resourceclaims.resource.k8s.io', deviceClaimEvaluator],
])

/** Not stored, or never counted. Source: k8s.io/kubernetes pkg/quota/v1/install/registry.go. */
const ignored: ReadonlySet<string> = new Set([
  'bindings',
  'componentstatuses',
  'events',
  'tokenreviews.authentication.k8s.io',
  'selfsubjectreviews.authentication.k8s.io',
  'subjectaccessreviews.authorization.k8s.io',
  'selfsubjectaccessreviews.authorization.k8s.io',
  'localsubjectaccessreviews.authorization.k8s.io',
  'selfsubjectrulesreviews.authorization.k8s.io',
])

/** @returns undefined for what quotas do not count */
export function evaluatorFor(resource: { readonly group: string; readonly plural: string }): QuotaEvaluator | undefined {
  const name = resource.group ? `${resource.plural}.${resource.group}` : resource.plural
  if (ignored.has(name)) return undefined
  return own.get(name) ?? objectCountEvaluator(resource)
}
