// Which ReplicaSet is the current one, and how rollouts are numbered. The numbers live in annotations; `kubectl rollout` reads them.
// Source: pkg/controller/deployment/util/deployment_util.go.
import type { Deployment, ReplicaSet } from '../../api/apps/v1.ts'
import type { PodTemplateSpec } from '../../api/core/v1.ts'
import { semanticEqual } from '../../apimachinery/json-equal.ts'
import { maxSurge } from './sizes.ts'

export const hashLabel = 'pod-template-hash'
export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const historyAnnotation = 'deployment.kubernetes.io/revision-history'
/** Replicas the Deployment wanted when the ReplicaSet was last sized: a difference means that it was scaled since. */
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
/** The most pods the Deployment could have then: what shares of a later scaling are computed from. */
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas'

/** The Deployment's other annotations are copied to its ReplicaSets. */
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.to',
])
/** The history of a ReplicaSet that is returned to again and again is cut at the front. Upstream's bound. */
const historyLengthMax = 2000

type Annotations = { readonly [key: string]: string } | undefined

export function annotation(annotations: Annotations, key: string): string | undefined {
  return annotations && Object.hasOwn(annotations, key) ? annotations[key] : undefined
}

/** 0 when there is none. */
export const revisionOf = ({ metadata }: ReplicaSet): number => Number.parseInt(annotation(metadata.annotations, revisionAnnotation) ?? '0', 10) || 0

export const byCreation = (a: ReplicaSet, b: ReplicaSet) =>
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp) || (a.metadata.name < b.metadata.name ? -1 : 1)

/** The oldest ReplicaSet with the Deployment's template, so that two of them never fight. */
export function findNew(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = withoutHash(deployment.spec.template)
  return replicaSets.toSorted(byCreation).find((rs) => semanticEqual(withoutHash(rs.spec.template ?? {}), wanted))
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const labels = Object.fromEntries(Object.entries(template.metadata?.labels ?? {}).filter(([key]) => key !== hashLabel))
  // A template's creationTimestamp is always empty; who writes it as null means the same.
  const { creationTimestamp: _, ...metadata } = template.metadata ?? ({} as NonNullable<PodTemplateSpec['metadata']>)
  return { ...template, metadata: { ...metadata, labels } as NonNullable<PodTemplateSpec['metadata']> }
}

/** The annotations that the current ReplicaSet should have, given the old ones. */
export function newReplicaSetAnnotations(deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): Record<string, string> {
  const annotations = new Map(Object.entries(current?.metadata.annotations ?? {}))
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (!notCopied.has(key)) annotations.set(key, value)
  const revision = Math.max(0, ...old.map(revisionOf)) + 1
  const before = current ? revisionOf(current) : 0
  if (before < revision) {
    annotations.set(revisionAnnotation, String(revision))
    if (before > 0) annotations.set(historyAnnotation, withHistory(annotations.get(historyAnnotation), before))
  }
  if (!current) for (const [key, value] of Object.entries(sizeAnnotations(deployment))) annotations.set(key, value)
  return Object.fromEntries(annotations)
}

function withHistory(history: string | undefined, revision: number): string {
  const entries = [...(history ? history.split(',') : []), String(revision)]
  while (entries.join(',').length > historyLengthMax) entries.shift()
  return entries.join(',')
}

export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = deployment.spec.replicas ?? 1
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + maxSurge(deployment)) }
}
