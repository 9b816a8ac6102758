// pods/eviction: a delete that asks the pod's disruption budget first. Source: kubernetes pkg/registry/core/pod/storage/eviction.go.
import { ApiError, badRequest, forbidden, isConflict } from '../../../apimachinery/api-error.ts'
import { selectorFromObject } from '../../../apimachinery/labels/from-object.ts'
import type { Pod } from '../../../api/core/v1.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { Eviction, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../../api/policy/v1.ts'
import { formatTime } from '../../../util/clock.ts'
import type { Entry } from '../../cacher/entry.ts'
import type { ResourceHandlerDeps, SubresourceHandler } from '../deps.ts'
import { validateDeleteOptions } from '../../registry/generic/delete.ts'
import { checkPreconditions, type DeleteOptions } from '../../registry/generic/graceful-deletion.ts'
import { keyUnder } from '../../registry/generic/keys.ts'
import type { WriteContext } from '../../registry/generic/store-context.ts'
import type { ResourceStore } from '../../registry/generic/store.ts'
import { writeContext } from '../write-context.ts'
import { changeStored, done, readPosted, subresourceKind } from './posted.ts'
import { setPodCondition } from './pod-condition.ts'

/** Evicted pods that a budget remembers at most. */
const disruptedPodsMax = 2000
const retryAfterSeconds = 10
/** Attempts at a pod that changes while it ignores budgets. */
const attemptsMax = 20
type Preconditions = NonNullable<DeleteOptions['preconditions']>
const budgets = { group: 'policy', plural: 'poddisruptionbudgets' }

export const createEviction: SubresourceHandler = async (request, { deps }) => {
  const { name } = request.info
  const {
    object: eviction,
    query,
    negotiated,
  } = await readPosted<Eviction>(deps, request, {
    ...subresourceKind('v1/pods', 'eviction'),
    olderVersions: ['v1beta1'],
  })
  const options = (eviction.deleteOptions ?? {}) as DeleteOptions
  const dryRun = query.dryRun || Boolean(options.dryRun?.length)
  const store = deps.registry.store('v1/pods')!
  const context = writeContext(deps, request, { name, dryRun, options: query.options })
  const attributes = { ...store.attributes(context, 'CREATE', undefined), kind: { group: 'policy', version: 'v1', kind: 'Eviction' } }
  const posted = eviction as unknown as Mutable<KubeObject>
  await store.admission.admit({ ...attributes, object: posted })
  if (eviction.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object')
  checkDryRun(request.query.getAll('dryRun'), options.dryRun ?? [])
  await store.admission.validate({ ...attributes, object: posted })
  await evict({ deps, store, context: { ...context, subresource: '', options: { ...options } }, options })
  return done(deps, request, negotiated)
}

interface Evicting {
  readonly deps: ResourceHandlerDeps
  /** Of pods. */
  readonly store: ResourceStore
  readonly context: WriteContext
  readonly options: DeleteOptions
}

/**
 * Deletes the pod, if need be at the expense of its budget. One that goes without counting, because it does not serve, goes in the
 * state in which that was found, lest it begins to serve in between.
 */
async function evict(evicting: Evicting): Promise<void> {
  const { deps, store, context, options } = evicting
  const isVersionGiven = options.preconditions?.resourceVersion !== undefined
  for (let attempt = 1; ; attempt++) {
    const pod = (await store.get(context.namespace, context.name)).object() as unknown as Pod
    validateDeleteOptions(options)
    checkPreconditions('', 'Pod', pod, options)
    const ignoresAll = ignoresBudgets(pod)
    const budget = ignoresAll ? undefined : await budgetOf(deps, pod)
    const ignoresOne = budget !== undefined && mayIgnore(budget, pod)
    if (budget && !ignoresOne) await takeDisruption(deps, budget, pod, context.dryRun)
    try {
      return await deleteEvicted(evicting, pod, !isVersionGiven && (ignoresOne || (ignoresAll && mayServe(pod))))
    } catch (error) {
      if (isVersionGiven || !isConflict(error)) throw error
      if (ignoresOne) throw tooMany(`The disruption budget ${budget.metadata.name} is still being processed by the server.`, retryAfterSeconds)
      if (!ignoresAll || attempt === attemptsMax) throw error
    }
  }
}

/** @param asFound only in this state @throws {ApiError} 409 */
async function deleteEvicted({ deps, store, context, options }: Evicting, pod: Pod, asFound: boolean): Promise<void> {
  const given = { ...options.preconditions, ...(asFound ? { resourceVersion: pod.metadata.resourceVersion! } : {}) }
  const announced = context.dryRun ? undefined : await announce(deps, store, pod, given)
  // The version that was given is not any more the pod's.
  const preconditions = announced && given.resourceVersion !== undefined ? { ...given, resourceVersion: String(announced.revision) } : given
  await store.delete(context, context.name, { ...options, preconditions })
}

/** @throws {ApiError} 500 when request and body say different things */
function checkDryRun(ofRequest: readonly string[], ofBody: readonly string[]): void {
  if (ofRequest.length === 0 || ofBody.length === 0 || ofRequest.join(' ') === ofBody.join(' ')) return
  throw new ApiError('', `Non-matching dry-run options in request and content: [${ofRequest.join(' ')}] and [${ofBody.join(' ')}]`, { code: 500 })
}

/** Pods that no longer, or do not yet, serve anybody. */
function ignoresBudgets({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '')
}

/** @throws {ApiError} 500 when several budgets select the pod */
async function budgetOf(deps: ResourceHandlerDeps, pod: Pod): Promise<PodDisruptionBudget | undefined> {
  const store = deps.registry.store('policy/v1/poddisruptionbudgets')!
  const prefix = keyUnder(store.prefix, pod.metadata.namespace!)
  const { entries } = await store.list({ selection: { prefix, matches: undefined }, limit: 0, continue: '', resourceVersion: '', resourceVersionMatch: '' })
  const matching = entries
    .map((entry) => entry.object() as unknown as PodDisruptionBudget)
    .filter(({ spec }) => spec?.selector && selectorFromObject(spec.selector).matches(pod.metadata.labels))
  if (matching.length > 1) {
    throw new ApiError('', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.', { code: 500 })
  }
  return matching[0]
}

const isReady = ({ status }: Pod) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false

/** Of the pods that ignore budgets. */
const mayServe = ({ metadata, status }: Pod) => metadata.deletionTimestamp === undefined && status?.phase === 'Pending'

/** An unhealthy pod may go without counting when the budget says so, or when there are enough healthy ones. */
function mayIgnore({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  if (isReady(pod)) return false
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy
}

/** Writes one eviction into the budget. @throws {ApiError} 429 when it allows none */
async function takeDisruption(deps: ResourceHandlerDeps, budget: PodDisruptionBudget, pod: Pod, dryRun: boolean): Promise<void> {
  const store = deps.registry.store('policy/v1/poddisruptionbudgets')!
  const { name, namespace } = budget.metadata
  await changeStored<PodDisruptionBudget>(
    store,
    namespace!,
    name,
    (live) => {
      const { observedGeneration = 0, disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = live.status ?? {}
      if (observedGeneration < (live.metadata.generation ?? 0)) {
        throw tooMany(`The disruption budget ${name} is still being processed by the server.`, retryAfterSeconds)
      }
      if (disruptionsAllowed < 0) throw forbidden(budgets, name, 'pdb disruptions allowed is negative')
      const disrupted = live.status?.disruptedPods ?? {}
      if (Object.keys(disrupted).length > disruptedPodsMax)
        throw forbidden(budgets, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
      if (disruptionsAllowed === 0) throw tooMany(`The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`)
      live.status = {
        ...live.status!,
        disruptionsAllowed: disruptionsAllowed - 1,
        disruptedPods: { ...disrupted, [pod.metadata.name]: formatTime(deps.clock.now()) },
      }
      if (disruptionsAllowed === 1) noneLeft(live.status, deps.clock.now())
    },
    dryRun,
  )
}

/** Says that the last disruption is taken. Source: k8s.io/component-helpers apps/poddisruptionbudget. */
function noneLeft(status: Mutable<PodDisruptionBudgetStatus>, nowMs: number): void {
  const old = status.conditions?.find(({ type }) => type === 'DisruptionAllowed')
  const lastTransitionTime = old?.status === 'False' ? old.lastTransitionTime : formatTime(nowMs)
  const observedGeneration = status.observedGeneration ?? 0
  const next = { type: 'DisruptionAllowed', status: 'False', observedGeneration, lastTransitionTime, reason: 'InsufficientPods', message: '' } as const
  status.conditions = [...(status.conditions ?? []).filter(({ type }) => type !== next.type), next]
}

const tooMany = (cause: string, retryAfter?: number) =>
  new ApiError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    details: { causes: [{ reason: 'DisruptionBudget', message: cause }], ...(retryAfter ? { retryAfterSeconds: retryAfter } : {}) },
  })

/** Says on the pod why it goes. @throws {ApiError} 409 */
function announce(deps: ResourceHandlerDeps, store: ResourceStore, { metadata }: Pod, preconditions: Preconditions): Promise<Entry | undefined> {
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' } as const
  return changeStored<Pod>(store, metadata.namespace!, metadata.name, (pod) => {
    checkPreconditions('', 'Pod', pod, { preconditions })
    setPodCondition(pod, condition, deps.clock.now())
  })
}
