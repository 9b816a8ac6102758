// What is in the way of a namespace's end, as five conditions. Texts and reasons are upstream's:
// pkg/controller/namespace/deletion/status_condition_utils.go.
import type { NamespaceCondition } from '../../api/core/v1.ts'
import { formatTime } from '../../util/clock.ts'

export interface Remaining {
  /** `pods.`, `deployments.apps` -> objects left. */
  readonly objects: ReadonlyMap<string, number>
  /** Finalizer -> objects that carry it. */
  readonly finalizers: ReadonlyMap<string, number>
}

export interface Obstacles {
  readonly discoveryFailures: readonly string[]
  readonly deletionFailures: readonly string[]
  readonly remaining: Remaining
}

const fine = {
  NamespaceDeletionDiscoveryFailure: { reason: 'ResourcesDiscovered', message: 'All resources successfully discovered' },
  NamespaceDeletionGroupVersionParsingFailure: { reason: 'ParsedGroupVersions', message: 'All legacy kube types successfully parsed' },
  NamespaceDeletionContentFailure: { reason: 'ContentDeleted', message: 'All content successfully deleted, may be waiting on finalization' },
  NamespaceContentRemaining: { reason: 'ContentRemoved', message: 'All content successfully removed' },
  NamespaceFinalizersRemaining: { reason: 'ContentHasNoFinalizers', message: 'All content-preserving finalizers finished' },
} as const

type ConditionType = keyof typeof fine

/** The namespace's conditions with our five brought up to date; others stay. A time changes only with its status. */
export function conditionsOf(old: readonly NamespaceCondition[], obstacles: Obstacles, nowMs: number): readonly NamespaceCondition[] {
  const troubles = troublesOf(obstacles)
  const ours = (Object.keys(fine) as ConditionType[]).map((type): NamespaceCondition => {
    const trouble = troubles.get(type)
    const status = trouble ? 'True' : 'False'
    const known = old.find((condition) => condition.type === type)
    const lastTransitionTime = known?.status === status && known.lastTransitionTime ? known.lastTransitionTime : formatTime(nowMs)
    return { type, status, lastTransitionTime, ...(trouble ?? fine[type]) }
  })
  return [...old.filter((condition) => !Object.hasOwn(fine, condition.type)), ...ours]
}

function troublesOf({ discoveryFailures, deletionFailures, remaining }: Obstacles): ReadonlyMap<ConditionType, { reason: string; message: string }> {
  const troubles = new Map<ConditionType, { reason: string; message: string }>()
  if (discoveryFailures.length) {
    const message = `Discovery failed for some groups, ${discoveryFailures.length} failing: ${discoveryFailures.join(', ')}`
    troubles.set('NamespaceDeletionDiscoveryFailure', { reason: 'DiscoveryFailed', message })
  }
  if (deletionFailures.length) {
    const message = `Failed to delete all resource types, ${deletionFailures.length} remaining: ${deletionFailures.toSorted().join(', ')}`
    troubles.set('NamespaceDeletionContentFailure', { reason: 'ContentDeletionFailed', message })
  }
  if (remaining.objects.size) {
    const message = `Some resources are remaining: ${counted(remaining.objects, (resource, count) => `${resource} has ${count} resource instances`)}`
    troubles.set('NamespaceContentRemaining', { reason: 'SomeResourcesRemain', message })
  }
  if (remaining.finalizers.size) {
    const message = `Some content in the namespace has finalizers remaining: ${counted(remaining.finalizers, (finalizer, count) => `${finalizer} in ${count} resource instances`)}`
    troubles.set('NamespaceFinalizersRemaining', { reason: 'SomeFinalizersRemain', message })
  }
  return troubles
}

const counted = (counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string) =>
  [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => text(name, count))
    .join(', ')
