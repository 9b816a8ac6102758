// Names of resources that a quota limits. Source: pkg/apis/core/helper/helpers.go.
import { type FieldError, invalid } from '../../../../apimachinery/field-errors.ts'
import { validateResourceName } from '../pod-spec/validate-resources.ts'

const compute = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']

const standard: ReadonlySet<string> = new Set([
  ...compute,
  'ephemeral-storage',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
])

export const isStandardQuotaResource = (name: string) => standard.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-')

const ofPods: ReadonlySet<string> = new Set([...compute, 'pods'])
const ofBestEffortPods: ReadonlySet<string> = new Set(['pods'])
const ofClaims: ReadonlySet<string> = new Set(['persistentvolumeclaims', 'requests.storage'])

/** Scope -> the standard resources it can be combined with. */
export const quotaScopes: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['Terminating', ofPods],
  ['NotTerminating', ofPods],
  ['BestEffort', ofBestEffortPods],
  ['NotBestEffort', ofPods],
  ['PriorityClass', ofPods],
  ['CrossNamespacePodAffinity', ofPods],
  ['VolumeAttributesClass', ofClaims],
])

export function validateQuotaResourceName(field: string, name: string): readonly FieldError[] {
  const errors = validateResourceName(field, name)
  return name.includes('/') || isStandardQuotaResource(name) ? errors : [...errors, invalid(field, name, 'must be a standard resource for quota')]
}
