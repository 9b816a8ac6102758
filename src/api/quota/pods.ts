// Pods against quotas. Source: k8s.io/kubernetes pkg/quota/v1/evaluator/core/pods.go.
import { addQuantities, podQuantities, quantities, type Quantities, type ReadonlyQuantities } from '../core/pod-quantities.ts'
import { podQos } from '../core/pod-qos.ts'
import type { Container, Pod, PodAffinityTerm, ScopedResourceSelectorRequirement } from '../core/v1.ts'
import { countName, type QuotaEvaluator, scopeValuesMatch } from './evaluator.ts'
import { one } from './resource-list.ts'

const count = countName({ group: '', plural: 'pods' })
const compute = ['cpu', 'memory', 'ephemeral-storage'] as const
const counted: ReadonlySet<string> = new Set([count, 'pods', ...compute.flatMap((name) => [name, `requests.${name}`, `limits.${name}`])])
/** What every container must set once a quota limits it. */
const mandatory: ReadonlySet<string> = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'])

const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')
/** A device of some vendor, as containers name it. */
const isExtended = (name: string) => !isNative(name) && !name.startsWith('requests.')
const isExtendedInQuota = (name: string) => !isNative(name) && name.startsWith('requests.')
const isHugePages = (name: string) => name.startsWith('hugepages-') || name.startsWith('requests.hugepages-')

/** The names under which quotas know what is requested and limited. */
function computeUsage(requests: ReadonlyQuantities, limits: ReadonlyQuantities): Quantities {
  const usage: Quantities = new Map([['pods', one]])
  for (const name of compute) {
    const [request, limit] = [requests.get(name), limits.get(name)]
    if (request) usage.set(name, request).set(`requests.${name}`, request)
    if (limit) usage.set(`limits.${name}`, limit)
  }
  for (const [name, request] of requests) {
    if (name.startsWith('hugepages-')) usage.set(name, request).set(`requests.${name}`, request)
    if (isExtended(name)) usage.set(`requests.${name}`, request)
  }
  return usage
}

const isOver = ({ metadata, status }: Pod, nowMs: number) => {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return false
  return nowMs > Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000
}

function usage(pod: Pod, nowMs: number): Quantities {
  const total: Quantities = new Map([[count, one]])
  if (isOver(pod, nowMs)) return total
  const options = { overhead: true, status: true }
  addQuantities(total, computeUsage(podQuantities(pod, 'requests', options), podQuantities(pod, 'limits', options)))
  return total
}

function complaint(names: readonly string[], { spec }: Pod): string {
  const wanted = names.filter((name) => mandatory.has(name)).toSorted()
  const podLevel = computeUsage(quantities(spec.resources?.requests), quantities(spec.resources?.limits))
  const containers: readonly Container[] = [...spec.containers, ...(spec.initContainers ?? [])]
  const missing = wanted.flatMap((name) => {
    if (podLevel.has(name)) return []
    const without = containers.filter(({ resources }) => !computeUsage(quantities(resources?.requests), quantities(resources?.limits)).has(name))
    return without.length
      ? [
          `${name} for: ${without
            .map((c) => c.name)
            .toSorted()
            .join(',')}`,
        ]
      : []
  })
  return missing.length ? `must specify ${missing.join('; ')}` : ''
}

const crossesNamespaces = (term: PodAffinityTerm) => Boolean(term.namespaces?.length) || term.namespaceSelector !== undefined

function hasCrossNamespaceAffinity({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  return [podAffinity, podAntiAffinity].some(
    (affinity) =>
      affinity?.requiredDuringSchedulingIgnoredDuringExecution?.some(crossesNamespaces) ||
      affinity?.preferredDuringSchedulingIgnoredDuringExecution?.some(({ podAffinityTerm }) => crossesNamespaces(podAffinityTerm)),
  )
}

const isTerminating = ({ spec }: Pod) => (spec.activeDeadlineSeconds ?? -1) >= 0

function matchesScope(requirement: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  const { priorityClassName } = pod.spec
  switch (requirement.scopeName) {
    case 'Terminating':
      return isTerminating(pod)
    case 'NotTerminating':
      return !isTerminating(pod)
    case 'BestEffort':
      return podQos(pod) === 'BestEffort'
    case 'NotBestEffort':
      return podQos(pod) !== 'BestEffort'
    case 'PriorityClass':
      return scopeValuesMatch(requirement, priorityClassName ? [priorityClassName] : [])
    case 'CrossNamespacePodAffinity':
      return hasCrossNamespaceAffinity(pod)
    case 'VolumeAttributesClass':
      return false
    default:
      return false
  }
}

export const podEvaluator: QuotaEvaluator = {
  handles({ operation, subresource, object, oldObject }) {
    if (subresource === 'resize') return operation === 'UPDATE'
    if (subresource) return false
    // A deadline that comes or goes moves the pod to another scope.
    return operation === 'CREATE' || (operation === 'UPDATE' && isTerminating(object as Pod) !== isTerminating(oldObject as Pod))
  },
  matchingResources: (names) => names.filter((name) => counted.has(name) || isHugePages(name) || isExtendedInQuota(name)),
  matchesScope: (requirement, object) => matchesScope(requirement, object as Pod),
  complaint: (names, object) => complaint(names, object as Pod),
  usage: (object, nowMs) => usage(object as Pod, nowMs),
}
