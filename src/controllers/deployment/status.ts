import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/apps/v1.ts'
import { formatTime } from '../../util/clock.ts'
import { availableOf, maxUnavailable, sizeOf, sum, wantedReplicas } from './sizes.ts'

/** What a step did that the status is to tell. */
export interface Progress {
  readonly reason: 'NewReplicaSetCreated' | 'FoundNewReplicaSet' | 'ReplicaSetCreateError'
  readonly message: string
}

export interface StatusInput {
  readonly deployment: Deployment
  readonly replicaSets: readonly ReplicaSet[]
  readonly current: ReplicaSet | undefined
  readonly progress?: Progress | undefined
  readonly collisionCount?: number | undefined
  readonly nowMs: number
}

/** A rollout without a deadline never fails: 2^31 - 1 is how one says that. */
const deadlineSeconds = ({ spec }: Deployment): number | undefined =>
  spec.progressDeadlineSeconds === undefined || spec.progressDeadlineSeconds === 2 ** 31 - 1 ? undefined : spec.progressDeadlineSeconds

/** @see pkg/controller/deployment/{sync,progress}.go */
export function statusOf(input: StatusInput): DeploymentStatus {
  const { deployment, replicaSets, current, nowMs } = input
  const collisionCount = input.collisionCount ?? deployment.status?.collisionCount
  const available = sum(replicaSets, availableOf)
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(replicaSets, (rs) => rs.status?.replicas ?? 0),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(replicaSets, (rs) => rs.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(replicaSets, sizeOf) - available),
    terminatingReplicas: sum(replicaSets, (rs) => rs.status?.terminatingReplicas ?? 0),
    ...(collisionCount === undefined ? {} : { collisionCount }),
  }
  const conditions = new Conditions(deployment.status?.conditions ?? [], nowMs)
  if (available >= wantedReplicas(deployment) - maxUnavailable(deployment))
    conditions.set('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
  else conditions.set('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.')
  setProgressing(conditions, status, input)
  setReplicaFailure(conditions, replicaSets, current)
  return { ...status, conditions: conditions.all() }
}

/** The rollout is over: all pods are new and available. */
export function isComplete(
  deployment: Deployment,
  { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 }: DeploymentStatus,
): boolean {
  const wanted = wantedReplicas(deployment)
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted && observedGeneration >= (deployment.metadata.generation ?? 0)
}

/** When to look whether the rollout has exceeded its deadline; undefined when nothing can time out. */
export function deadlineInMs(deployment: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const seconds = deadlineSeconds(deployment)
  const condition = status.conditions?.find(({ type }) => type === 'Progressing')
  if (seconds === undefined || !condition?.lastUpdateTime || deployment.spec.paused) return undefined
  if (isComplete(deployment, status) || condition.reason === 'ProgressDeadlineExceeded') return undefined
  // A second more: the condition's time is cut to seconds.
  return Math.max(0, Date.parse(condition.lastUpdateTime) + seconds * 1000 - nowMs) + 1000
}

function setProgressing(conditions: Conditions, status: DeploymentStatus, { deployment, current, progress, nowMs }: StatusInput): void {
  if (deadlineSeconds(deployment) === undefined) return conditions.remove('Progressing')
  const known = conditions.get('Progressing')
  if (deployment.spec.paused) {
    if (known?.reason !== 'ProgressDeadlineExceeded') conditions.set('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused')
    return
  }
  if (known?.reason === 'DeploymentPaused') conditions.set('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed')
  if (progress && (progress.reason !== 'FoundNewReplicaSet' || !known))
    conditions.set('Progressing', progress.reason === 'ReplicaSetCreateError' ? 'False' : 'True', progress.reason, progress.message)
  if (status.replicas === status.updatedReplicas && known?.reason === 'NewReplicaSetAvailable' && !progress) return

  const subject = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  if (isComplete(deployment, status)) conditions.set('Progressing', 'True', 'NewReplicaSetAvailable', `${subject} has successfully progressed.`)
  else if (hasProgressed(deployment.status ?? {}, status)) conditions.renew('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`)
  else if (hasTimedOut(deployment, conditions.get('Progressing'), nowMs))
    conditions.set('Progressing', 'False', 'ProgressDeadlineExceeded', `${subject} has timed out progressing.`)
}

function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0)
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  )
}

function hasTimedOut(deployment: Deployment, condition: DeploymentCondition | undefined, nowMs: number): boolean {
  if (!condition || condition.reason === 'NewReplicaSetAvailable') return false
  if (condition.reason === 'ProgressDeadlineExceeded') return true
  return Date.parse(condition.lastUpdateTime ?? '') + deadlineSeconds(deployment)! * 1000 < nowMs
}

/** A failure of the current ReplicaSet, else of an old one. */
function setReplicaFailure(conditions: Conditions, replicaSets: readonly ReplicaSet[], current: ReplicaSet | undefined): void {
  const failureOf = (rs: ReplicaSet) => rs.status?.conditions?.find(({ type }) => type === 'ReplicaFailure')
  const failure = [...(current ? [current] : []), ...replicaSets].map(failureOf).find(Boolean)
  if (failure) conditions.set('ReplicaFailure', failure.status, failure.reason ?? '', failure.message ?? '')
  else conditions.remove('ReplicaFailure')
}

/** Conditions by type, in order; a time changes with what it is the time of. */
class Conditions {
  readonly #byType: Map<string, DeploymentCondition>
  readonly #now: string

  constructor(conditions: readonly DeploymentCondition[], nowMs: number) {
    this.#byType = new Map(conditions.map((condition) => [condition.type, condition]))
    this.#now = formatTime(nowMs)
  }

  get(type: string): DeploymentCondition | undefined {
    return this.#byType.get(type)
  }

  set(type: string, status: string, reason: string, message: string): void {
    const known = this.get(type)
    if (known?.status === status && known.reason === reason) return
    this.renew(type, status, reason, message)
  }

  /** Sets also when nothing but the message changes: `lastUpdateTime` is then the time of the latest progress. */
  renew(type: string, status: string, reason: string, message: string): void {
    const known = this.get(type)
    const lastTransitionTime = known?.status === status && known.lastTransitionTime ? known.lastTransitionTime : this.#now
    this.#byType.set(type, { type, status, lastUpdateTime: this.#now, lastTransitionTime, reason, message })
  }

  remove(type: string): void {
    this.#byType.delete(type)
  }

  all(): readonly DeploymentCondition[] {
    return [...this.#byType.values()]
  }
}
