// The name, number and claims of each pod: what makes it the same pod after it was deleted and made again.
// Source: pkg/controller/statefulset/stateful_set_utils.go.
import type { StatefulSet } from '../../api/apps/v1.ts'
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, Volume } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { revisionHashLabel } from '../framework/history.ts'
import { podFromTemplate } from '../framework/pod-from-template.ts'

const podNameLabel = 'statefulset.kubernetes.io/pod-name'
const podIndexLabel = 'apps.kubernetes.io/pod-index'

/** `web-3` -> 3; undefined for a pod that is none of the set's. */
export function ordinalOf(set: StatefulSet, podName: string): number | undefined {
  const { name } = set.metadata
  const text = podName.startsWith(`${name}-`) ? podName.slice(name.length + 1) : ''
  return /^(0|[1-9]\d*)$/.test(text) ? Number(text) : undefined
}

const nameOf = (set: StatefulSet, ordinal: number) => `${set.metadata.name}-${ordinal}`

const claimName = (set: StatefulSet, template: PersistentVolumeClaim, ordinal: number) => `${template.metadata.name}-${nameOf(set, ordinal)}`

/** @param revision name of the ControllerRevision that `template` is of */
export function podFor(set: StatefulSet, ordinal: number, template: PodTemplateSpec, revision: string): New<Pod> {
  const { generateName: _, ...metadata } = podFromTemplate(set, template).metadata
  const name = nameOf(set, ordinal)
  const claims = (set.spec.volumeClaimTemplates ?? []).map(
    (claim): Volume => ({ name: claim.metadata.name, persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) } }) as Volume,
  )
  const others = (template.spec?.volumes ?? []).filter((volume) => !claims.some((claim) => claim.name === volume.name))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, name, labels: { ...metadata.labels, [podNameLabel]: name, [podIndexLabel]: String(ordinal), [revisionHashLabel]: revision } },
    spec: { ...template.spec!, hostname: name, ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}), volumes: [...claims, ...others] },
  } as New<Pod>
}

/** The claims a pod needs before it is made. They outlive it. */
export function claimsFor(set: StatefulSet, ordinal: number): readonly New<PersistentVolumeClaim>[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace: set.metadata.namespace,
      name: claimName(set, template, ordinal),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
    },
    spec: template.spec,
  })) as readonly New<PersistentVolumeClaim>[]
}

export const revisionOf = (pod: Pod): string | undefined => pod.metadata.labels?.[revisionHashLabel]
