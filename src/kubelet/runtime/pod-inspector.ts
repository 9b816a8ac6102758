import type { Container, ContainerStatus, PodSandbox } from '../../cri/generated/types.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import { isNotFound } from '../../cri/errors.ts'
import { podNameLabel, podNamespaceLabel, podUidLabel, readContainerFacts } from './labels.ts'
import { absentPod, type RuntimeContainer, type RuntimePod, type RuntimeSandbox, runtimeContainer, runtimeSandbox } from './runtime-pod.ts'

type Runtime = Pick<RuntimeClient, 'listPodSandbox' | 'listContainers' | 'podSandboxStatus' | 'containerStatus'>

/** The cheap answer of a relist: what there is and in which state. */
export interface PodListing {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly sandboxes: readonly PodSandbox[]
  readonly containers: readonly Container[]
}

/** Reads a terminated container's last words (see volumes/termination-message.ts). */
export type TerminationMessageReader = (status: ContainerStatus, policy: { path: string; policy: string }) => Promise<string>

/** Builds {@link RuntimePod}s from the runtime. Exited containers never change again, so they are asked for once. */
export class PodInspector {
  readonly #runtime: Runtime
  readonly #readMessage: TerminationMessageReader
  /** Exited containers by id, per pod; dropped with the pod. */
  readonly #exited = new Map<string, Map<string, RuntimeContainer>>()

  constructor(runtime: Runtime, readMessage: TerminationMessageReader) {
    this.#runtime = runtime
    this.#readMessage = readMessage
  }

  /** Every pod that a kubelet made, also ones the API server no longer knows. */
  async list(podUid?: string): Promise<Map<string, PodListing>> {
    const filter = podUid === undefined ? {} : { filter: { labelSelector: { [podUidLabel]: podUid } } }
    const [{ items = [] }, { containers = [] }] = await Promise.all([this.#runtime.listPodSandbox(filter), this.#runtime.listContainers(filter)])
    const pods = new Map<string, { uid: string; name: string; namespace: string; sandboxes: PodSandbox[]; containers: Container[] }>()
    const podOf = (labels: Readonly<Record<string, string>> = {}) => {
      const uid = labels[podUidLabel]
      if (!uid) return undefined
      if (!pods.has(uid)) pods.set(uid, { uid, name: labels[podNameLabel] ?? '', namespace: labels[podNamespaceLabel] ?? '', sandboxes: [], containers: [] })
      return pods.get(uid)
    }
    for (const sandbox of items) podOf(sandbox.labels)?.sandboxes.push(sandbox)
    for (const container of containers) podOf(container.labels)?.containers.push(container)
    return pods
  }

  async inspect(uid: string, listed?: PodListing): Promise<RuntimePod> {
    const listing = listed ?? (await this.list(uid)).get(uid)
    if (!listing) {
      this.#exited.delete(uid)
      return absentPod(uid)
    }
    const [sandboxes, containers] = await Promise.all([
      Promise.all(listing.sandboxes.map((s) => this.#sandbox(s.id!))),
      Promise.all(listing.containers.map((c) => this.#container(uid, c.id!))),
    ])
    const newestFirst = <T extends { createdAtMs: number }>(items: readonly (T | undefined)[]) =>
      items.filter((item) => item !== undefined).toSorted((a, b) => b.createdAtMs - a.createdAtMs)
    const found = newestFirst(containers)
    this.#exited.set(uid, new Map(found.filter((c) => c.state === 'exited').map((c) => [c.id, c])))
    return { uid, name: listing.name, namespace: listing.namespace, sandboxes: newestFirst(sandboxes), containers: found }
  }

  async #sandbox(podSandboxId: string): Promise<RuntimeSandbox | undefined> {
    const answer = await this.#runtime.podSandboxStatus({ podSandboxId }).catch(undefinedIfGone)
    return answer?.status ? runtimeSandbox(answer.status) : undefined
  }

  async #container(uid: string, containerId: string): Promise<RuntimeContainer | undefined> {
    const known = this.#exited.get(uid)?.get(containerId)
    if (known) return known
    const answer = await this.#runtime.containerStatus({ containerId }).catch(undefinedIfGone)
    if (!answer?.status) return undefined
    const { status } = answer
    if (status.state !== 'CONTAINER_EXITED') return runtimeContainer(status, '')
    const { messagePath, messagePolicy } = readContainerFacts(status.annotations ?? {})
    const message = await this.#readMessage(status, { path: messagePath, policy: messagePolicy })
    return runtimeContainer(status, message || (status.message ?? ''))
  }
}

/** Removed between the list and the question. */
function undefinedIfGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
