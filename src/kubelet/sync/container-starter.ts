// Makes one container run: image, configuration, create, start, postStart.
// Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer).

import { join } from 'node:path'
import type { Container, Pod, Service } from '../../api/core/v1.ts'
import type { Quantity } from '../../api/runtime.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { Mount, PodSandboxConfig } from '../../cri/generated/types.ts'
import type { Clock } from '../../util/clock.ts'
import { expand } from '../env/expand.ts'
import type { PodAddresses } from '../env/field-ref.ts'
import { resolveEnvironment } from '../env/resolve.ts'
import { runHook } from '../hooks/run-hook.ts'
import type { ImageManager } from '../images/image-manager.ts'
import { about } from '../probes/probe-worker.ts'
import { containerConfig } from '../runtime/container-config.ts'
import type { PodNames } from '../runtime/dns.ts'
import { ConfigError, messageOf, StartError } from '../runtime/start-errors.ts'
import { writeHostsFile } from '../volumes/hosts-file.ts'
import type { ObjectGetter } from '../volumes/object-getter.ts'
import { checkSubPath } from '../volumes/sub-path.ts'
import { makeMessageFile } from '../volumes/termination-message.ts'
import type { MountedVolumes, VolumeManager } from '../volumes/volume-manager.ts'

export interface ContainerStarterOptions {
  readonly runtime: Pick<RuntimeClient, 'createContainer' | 'startContainer' | 'stopContainer' | 'execSync'>
  readonly images: ImageManager
  readonly volumes: VolumeManager
  readonly objects: ObjectGetter
  readonly services: () => readonly Service[]
  readonly allocatable: () => Readonly<Record<string, Quantity>>
  readonly recorder: EventRecorder
  readonly clock: Clock
  readonly root: string
  readonly seccompRoot: string
  readonly seccompDefault: boolean
  readonly memoryBytes: number
  readonly oomScoreFloor: number
  readonly version: string
}

/** What all containers of a pod share. */
export interface PodContext {
  readonly pod: Pod
  readonly sandboxId: string
  readonly sandboxConfig: PodSandboxConfig
  readonly addresses: PodAddresses
  readonly names: PodNames
  readonly volumes: MountedVolumes
}

export interface StartRequest {
  readonly container: Container
  readonly restartCount: number
  /** For an ephemeral container: whose processes it shall see. */
  readonly targetId?: string | undefined
}

export class ContainerStarter {
  readonly #options: ContainerStarterOptions

  constructor(options: ContainerStarterOptions) {
    this.#options = options
  }

  /** @throws {StartError} with the reason that the container's status shows */
  async start(context: PodContext, { container, restartCount, targetId }: StartRequest, signal: AbortSignal): Promise<void> {
    const { pod, sandboxId, sandboxConfig } = context
    const { runtime, images, recorder, memoryBytes, oomScoreFloor, seccompRoot, seccompDefault } = this.#options
    const subject = about(pod, container)
    const present = await images.ensure(pod, container, sandboxConfig, signal)
    const config = await this.#configure(context, container, async ({ env, mounts }) =>
      containerConfig({
        pod,
        container,
        restartCount,
        env,
        mounts,
        imageRef: present.ref,
        image: present.image,
        memoryBytes,
        oomScoreFloor,
        seccompRoot,
        seccompDefault,
        targetId,
      }),
    ).catch((error: unknown) => {
      signal.throwIfAborted()
      recorder.event(subject, 'Warning', 'Failed', `Error: ${messageOf(error)}`)
      throw error instanceof StartError ? error : new ConfigError(messageOf(error), { cause: error })
    })
    const containerId = await this.#attempt('CreateContainerError', context, container, async () => {
      const answer = await runtime.createContainer({ podSandboxId: sandboxId, config, sandboxConfig }, { signal })
      return answer.containerId!
    })
    recorder.event(subject, 'Normal', 'Created', 'Container created')
    await this.#attempt('RunContainerError', context, container, () => runtime.startContainer({ containerId }, { signal }))
    recorder.event(subject, 'Normal', 'Started', 'Container started')
    if (container.lifecycle?.postStart) await this.#postStart(context, container, containerId, signal)
  }

  async #attempt<T>(reason: string, { pod }: PodContext, container: Container, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      this.#options.recorder.event(about(pod, container), 'Warning', 'Failed', `Error: ${messageOf(error)}`)
      throw new StartError(reason, messageOf(error), { cause: error })
    }
  }

  async #postStart({ pod, addresses }: PodContext, container: Container, containerId: string, signal: AbortSignal): Promise<void> {
    const { runtime, clock, recorder, version } = this.#options
    const podIP = addresses.podIPs[0] ?? addresses.hostIPs[0] ?? ''
    try {
      await runHook(container.lifecycle!.postStart!, { runtime, clock, container, containerId, podIP, version }, signal)
    } catch (error) {
      recorder.event(about(pod, container), 'Warning', 'FailedPostStartHook', `PostStartHook failed`)
      recorder.event(about(pod, container), 'Normal', 'Killing', `FailedPostStartHook`)
      await runtime.stopContainer({ containerId, timeout: pod.spec.terminationGracePeriodSeconds ?? 30 })
      throw new StartError('PostStartHookError', messageOf(error), { cause: error })
    }
  }

  async #configure<T>(
    context: PodContext,
    container: Container,
    build: (parts: { env: ReadonlyMap<string, string>; mounts: readonly Mount[] }) => Promise<T>,
  ): Promise<T> {
    const { objects, services, allocatable } = this.#options
    const env = await resolveEnvironment({
      pod: context.pod,
      container,
      services: services(),
      addresses: context.addresses,
      allocatable: allocatable(),
      configMap: (name) => objects.configMap(context.pod, name),
      secret: (name) => objects.secret(context.pod, name),
    })
    return build({ env, mounts: await this.#mounts(context, container, env) })
  }

  async #mounts(context: PodContext, container: Container, env: ReadonlyMap<string, string>): Promise<Mount[]> {
    const { pod, addresses, names } = context
    const { root, volumes, clock } = this.#options
    const { uid } = pod.metadata
    await volumes.releaseSubPaths(uid, container.name)
    const mounts: Mount[] = []
    for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
      const { name, mountPath, readOnly = false, mountPropagation, recursiveReadOnly } = mount
      const volume = context.volumes.get(name)
      const image = pod.spec.volumes?.find((v) => v.name === name)?.image
      const path = subPathOf(mount, env)
      const common = { containerPath: mountPath.startsWith('/') ? mountPath : `/${mountPath}`, readonly: readOnly, propagation: propagation(mountPropagation) }
      if (image) {
        mounts.push({ ...common, readonly: true, image: { image: image.reference ?? '' }, imageSubPath: path })
        continue
      }
      if (volume === undefined) throw new ConfigError(`cannot find volume ${JSON.stringify(name)} to mount into container ${JSON.stringify(container.name)}`)
      const hostPath = path ? await volumes.subPath(pod, volume, { volume: name, container: container.name, index, path }) : volume
      mounts.push({ ...common, hostPath, recursiveReadOnly: recursiveReadOnly === 'Enabled' })
    }
    const taken = (path: string) => mounts.some((m) => m.containerPath === path)
    if (!taken('/etc/hosts')) {
      const ips = addresses.podIPs
      const hostNetwork = pod.spec.hostNetwork ?? false
      const hostPath = await writeHostsFile(root, uid, { ips, ...names, aliases: pod.spec.hostAliases ?? [], hostNetwork })
      mounts.push({ containerPath: '/etc/hosts', hostPath, readonly: false })
    }
    const messagePath = container.terminationMessagePath
    if (messagePath && !taken(messagePath)) {
      const hostPath = await makeMessageFile(root, uid, container.name, clock.now().toString(16).slice(-8))
      mounts.push({ containerPath: messagePath, hostPath, readonly: false })
    }
    return mounts
  }
}

function subPathOf({ subPath, subPathExpr }: NonNullable<Container['volumeMounts']>[number], env: ReadonlyMap<string, string>): string {
  const missing: string[] = []
  const path = subPathExpr
    ? expand(subPathExpr, (name) => {
        if (!env.has(name)) missing.push(name)
        return env.get(name)
      })
    : (subPath ?? '')
  if (missing.length > 0) throw new ConfigError(`missing value for ${missing.map((m) => JSON.stringify(m)).join(', ')}`)
  checkSubPath(path)
  return join(path) === '.' ? '' : path
}

function propagation(mode: string | undefined): NonNullable<Mount['propagation']> {
  return mode === 'Bidirectional' ? 'PROPAGATION_BIDIRECTIONAL' : mode === 'HostToContainer' ? 'PROPAGATION_HOST_TO_CONTAINER' : 'PROPAGATION_PRIVATE'
}
