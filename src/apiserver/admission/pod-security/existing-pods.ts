// What of the running pods a new level would refuse. Source: k8s.io/pod-security-admission admission/admission.go
// (EvaluatePodsInNamespace, prioritizePods).
import type { Pod } from '../../../api/core/v1.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Clock } from '../../../util/clock.ts'
import { reasons, violations } from './evaluate.ts'
import { checked } from './pod-of.ts'
import { formatLevel, type LevelVersion } from './policy.ts'

/** Upstream's defaults: how many pods are looked at, and for how long. */
const podsMax = 3000
const spanMsMax = 1000
/** Pods after which other requests have their turn. */
const podsPerTurn = 200

interface Check {
  readonly namespace: string
  readonly level: LevelVersion
  /** Runtime classes whose pods are not looked at. */
  readonly exempt: ReadonlySet<string>
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
}

/** One pod of each controller first: its others are most likely the same. */
export function prioritized(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>()
  const replicas: Pod[] = []
  const first = pods.filter((pod) => {
    const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller)?.uid
    if (controller === undefined) return true
    if (!seen.has(controller)) return seen.add(controller)
    replicas.push(pod)
    return false
  })
  return [...first, ...replicas]
}

/** Those with the same reasons together, under the first one's name. */
export async function warningsForPods(all: readonly Pod[], { namespace, level, exempt, clock }: Check): Promise<readonly string[]> {
  const untilMs = clock.monotonic() + spanMsMax
  const byReasons = new Map<string, string[]>()
  const pods = prioritized(all).slice(0, podsMax)
  let count = 0
  for (const pod of pods) {
    if (count > 0 && count % podsPerTurn === 0) {
      if (clock.monotonic() >= untilMs) break
      await clock.sleep(0)
    }
    count++
    if (exempt.has(pod.spec.runtimeClassName ?? '')) continue
    const why = reasons(violations(level, checked(pod)))
    if (why) byReasons.set(why, [...(byReasons.get(why) ?? []), pod.metadata.name])
  }
  const partly = `new PodSecurity enforce level only checked against the first ${count} of ${all.length} existing pods`
  const warnings = count < all.length ? [partly] : []
  if (byReasons.size) warnings.push(`existing pods in namespace ${goQuote(namespace)} violate the new PodSecurity enforce level ${goQuote(formatLevel(level))}`)
  return [...warnings, ...[...byReasons].map(([why, names]) => `${grouped(names)}: ${why}`).toSorted()]
}

function grouped(names: readonly string[]): string {
  const others = names.length - 1
  const rest = others === 0 ? '' : others === 1 ? ' (and 1 other pod)' : ` (and ${others} other pods)`
  return `${names.toSorted()[0]}${rest}`
}
