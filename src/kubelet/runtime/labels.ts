// What the kubelet writes on sandboxes and containers, and finds again after a restart.
// Source: Kubernetes 1.36 pkg/kubelet/types/labels.go, pkg/kubelet/kuberuntime/labels.go.

import type { Container, Pod } from '../../api/core/v1.ts'

export const podNameLabel = 'io.kubernetes.pod.name'
export const podNamespaceLabel = 'io.kubernetes.pod.namespace'
export const podUidLabel = 'io.kubernetes.pod.uid'
export const containerNameLabel = 'io.kubernetes.container.name'

const hashAnnotation = 'io.kubernetes.container.hash'
const restartCountAnnotation = 'io.kubernetes.container.restartCount'
const messagePathAnnotation = 'io.kubernetes.container.terminationMessagePath'
const messagePolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy'
const podGraceAnnotation = 'io.kubernetes.pod.terminationGracePeriod'
const podDeletionGraceAnnotation = 'io.kubernetes.pod.deletionGracePeriod'
const preStopAnnotation = 'io.kubernetes.container.preStopHandler'

type Strings = Readonly<Record<string, string>>

export function sandboxLabels(pod: Pod): Strings {
  const { name, namespace, uid, labels } = pod.metadata
  return { ...labels, [podNameLabel]: name, [podNamespaceLabel]: namespace, [podUidLabel]: uid }
}

export function containerLabels(pod: Pod, container: Container): Strings {
  const { name, namespace, uid } = pod.metadata
  return { [containerNameLabel]: container.name, [podNameLabel]: name, [podNamespaceLabel]: namespace, [podUidLabel]: uid }
}

export function containerAnnotations(pod: Pod, container: Container, restartCount: number): Strings {
  const { deletionGracePeriodSeconds } = pod.metadata
  return {
    [hashAnnotation]: containerHash(container),
    [restartCountAnnotation]: String(restartCount),
    [messagePathAnnotation]: container.terminationMessagePath ?? '',
    [messagePolicyAnnotation]: container.terminationMessagePolicy ?? 'File',
    [podGraceAnnotation]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    ...(deletionGracePeriodSeconds === undefined ? {} : { [podDeletionGraceAnnotation]: String(deletionGracePeriodSeconds) }),
    ...(container.lifecycle?.preStop ? { [preStopAnnotation]: JSON.stringify(container.lifecycle.preStop) } : {}),
  }
}

/** What {@link containerAnnotations} said, read back. */
export interface ContainerFacts {
  readonly hash: string
  readonly restartCount: number
  readonly messagePath: string
  readonly messagePolicy: string
  /** Of a container whose pod the kubelet no longer knows. */
  readonly gracePeriodSeconds: number | undefined
}

export function readContainerFacts(annotations: Strings): ContainerFacts {
  const grace = annotations[podDeletionGraceAnnotation] ?? annotations[podGraceAnnotation]
  return {
    hash: annotations[hashAnnotation] ?? '',
    restartCount: Number(annotations[restartCountAnnotation] ?? 0),
    messagePath: annotations[messagePathAnnotation] ?? '',
    messagePolicy: annotations[messagePolicyAnnotation] ?? 'File',
    gracePeriodSeconds: grace === undefined ? undefined : Number(grace),
  }
}

/** Changes when the container must be replaced: only with its name or image, everything else is fixed or resized in place. FNV-1a, 32 bits. */
export function containerHash({ name, image = '' }: Container): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(JSON.stringify({ image, name }))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash.toString(16)
}
