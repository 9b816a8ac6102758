// Which pods to add and which to delete. Source: pkg/controller/daemon/{daemon_controller,update}.go.
import type { DaemonSet, DaemonSetStatus } from '../../api/apps/v1.ts'
import { isPodAvailable, isPodReady, isPodTerminal, isPodTerminating } from '../../api/core/pod-status.ts'
import type { Node, Pod } from '../../api/core/v1.ts'
import { revisionHashLabel } from '../framework/history.ts'
import { scaled } from '../framework/int-or-percent.ts'
import { placement, targetNode } from './placement.ts'

/** Pods created or deleted in one pass. Upstream's burstReplicas. */
const podsPerPassMax = 250

export interface Plan {
  /** Names of nodes that get a pod. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
}

export interface World {
  readonly daemonSet: DaemonSet
  readonly nodes: readonly Node[]
  /** Controlled by the DaemonSet, terminating ones too. */
  readonly pods: readonly Pod[]
  /** Hash of the template as it is now. */
  readonly hash: string
  readonly nowMs: number
}

interface Place {
  readonly name: string
  readonly run: boolean
  readonly stay: boolean
  /** Oldest first. */
  readonly pods: readonly Pod[]
}

const byAge = (a: Pod, b: Pod) =>
  Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1)

function placesOf({ daemonSet, nodes, pods }: World): { places: readonly Place[]; strays: readonly Pod[] } {
  const perNode = Map.groupBy(pods, (pod) => targetNode(pod) ?? '')
  const places = nodes.map((node): Place => {
    const { name } = node.metadata
    return { name, ...placement(daemonSet, node), pods: (perNode.get(name) ?? []).toSorted(byAge) }
  })
  const names = new Set(nodes.map((node) => node.metadata.name))
  // Meant for a node that is gone, and never bound: nobody else will clean them up.
  const strays = pods.filter((pod) => !pod.spec.nodeName && !isPodTerminating(pod) && !names.has(targetNode(pod) ?? ''))
  return { places, strays }
}

export function decide(world: World): Plan {
  const { daemonSet } = world
  if (daemonSet.metadata.deletionTimestamp) return { create: [], remove: [] }
  const { places, strays } = placesOf(world)
  const surge = surgeOf(daemonSet, places)
  const kept = places.map((place) => keepOne(place, world, surge > 0))
  const rollout =
    daemonSet.spec.updateStrategy?.type === 'OnDelete' ? { create: [], remove: [] } : surge > 0 ? rollWithSurge(world, places, surge) : roll(world, places)
  const create = new Set([...kept.flatMap((plan) => plan.create), ...rollout.create])
  const remove = new Set([...strays, ...kept.flatMap((plan) => plan.remove), ...rollout.remove])
  return { create: [...create].slice(0, podsPerPassMax), remove: [...remove].slice(0, podsPerPassMax) }
}

/** One pod where one belongs, none elsewhere; a pod that has ended is deleted, and the next pass makes another. */
function keepOne({ name, run, stay, pods }: Place, { hash }: World, surging: boolean): Plan {
  const living = pods.filter((pod) => !isPodTerminating(pod))
  if (!stay) return { create: [], remove: living }
  const ended = living.filter(isPodTerminal)
  const active = living.filter((pod) => !isPodTerminal(pod))
  const groups = surging ? [active.filter((pod) => !isUpdated(pod, hash)), active.filter((pod) => isUpdated(pod, hash))] : [active]
  return { create: run && pods.length === 0 ? [name] : [], remove: [...ended, ...groups.flatMap((group) => group.slice(1))] }
}

const isUpdated = (pod: Pod, hash: string) => pod.metadata.labels?.[revisionHashLabel] === hash

/** Old pods go, unavailable ones first, as long as no more than maxUnavailable nodes are without a working pod. */
function roll({ daemonSet, hash, nowMs }: World, places: readonly Place[]): Plan {
  const { minReadySeconds = 0, updateStrategy } = daemonSet.spec
  const wanted = places.filter(({ run }) => run)
  const maxUnavailable = Math.max(1, scaled(updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted.length, 'up'))
  const broken: Pod[] = []
  const working: Pod[] = []
  let unavailable = 0
  for (const { pods } of wanted) {
    const living = pods.filter((pod) => !isPodTerminating(pod) && !isPodTerminal(pod))
    const [pod] = living
    const available = living.length === 1 && isPodAvailable(pod!, minReadySeconds, nowMs)
    if (!available) unavailable++
    if (living.length !== 1 || isUpdated(pod!, hash)) continue
    if (available) working.push(pod!)
    else broken.push(pod!)
  }
  return { create: [], remove: [...broken, ...working.slice(0, Math.max(0, maxUnavailable - unavailable))] }
}

function surgeOf({ spec }: DaemonSet, places: readonly Place[]): number {
  return scaled(spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0, places.filter(({ run }) => run).length, 'up')
}

/** A new pod beside the old one, which goes when the new one is available. */
function rollWithSurge({ daemonSet, hash, nowMs }: World, places: readonly Place[], surge: number): Plan {
  const { minReadySeconds = 0 } = daemonSet.spec
  const plan = { create: [] as string[], remove: [] as Pod[] }
  const candidates: string[] = []
  let surging = 0
  for (const { name, run, pods } of places) {
    const living = pods.filter((pod) => !isPodTerminating(pod) && !isPodTerminal(pod))
    const old = living.find((pod) => !isUpdated(pod, hash))
    const updated = living.find((pod) => isUpdated(pod, hash))
    if (!run || !old) continue
    if (updated && isPodAvailable(updated, minReadySeconds, nowMs)) plan.remove.push(old)
    else if (updated) surging++
    else if (isPodAvailable(old, minReadySeconds, nowMs)) candidates.push(name)
    else plan.create.push(name)
  }
  plan.create.push(...candidates.slice(0, Math.max(0, surge - surging)))
  return plan
}

export function statusOf(world: World): DaemonSetStatus {
  const { daemonSet, hash, nowMs } = world
  const { minReadySeconds = 0 } = daemonSet.spec
  const { places } = placesOf(world)
  const wanted = places.filter(({ run }) => run)
  const best = wanted.flatMap(({ pods }) => pods.find((pod) => isUpdated(pod, hash)) ?? pods[0] ?? [])
  const available = best.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length
  return {
    ...daemonSet.status,
    desiredNumberScheduled: wanted.length,
    currentNumberScheduled: best.length,
    numberMisscheduled: places.filter(({ run, pods }) => !run && pods.length > 0).length,
    numberReady: best.filter(isPodReady).length,
    updatedNumberScheduled: best.filter((pod) => isUpdated(pod, hash)).length,
    numberAvailable: available,
    numberUnavailable: wanted.length - available,
    observedGeneration: daemonSet.metadata.generation ?? 0,
  }
}
