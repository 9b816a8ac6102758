// Gets a container's image onto the node, by its pull policy. Source: Kubernetes 1.36 pkg/kubelet/images/image_manager.go.

import type { Container, Pod } from '../../api/core/v1.ts'
import type { EventRecorder } from '../../client/events/recorder.ts'
import type { RuntimeClient } from '../../cri/client.ts'
import type { AuthConfig, Image, PodSandboxConfig } from '../../cri/generated/types.ts'
import type { Clock } from '../../util/clock.ts'
import { Backoff } from '../sync/crash-backoff.ts'
import { messageOf, StartError } from '../runtime/start-errors.ts'
import { normalizeImage } from './image-name.ts'

type Runtime = Pick<RuntimeClient, 'imageStatus' | 'pullImage'>

export interface ImageManagerOptions {
  readonly runtime: Runtime
  readonly recorder: EventRecorder
  readonly clock: Clock
  /** Credentials for an image, from the pod's imagePullSecrets. */
  readonly credentials: (pod: Pod, image: string) => Promise<readonly AuthConfig[]>
}

export interface PresentImage {
  /** What containers are created from. */
  readonly ref: string
  readonly image: Image | undefined
}

export class ImageManager {
  readonly #options: ImageManagerOptions
  /** Failed pulls, by pod and image. */
  readonly #backoff: Backoff
  readonly #lastError = new Map<string, string>()
  /** Pulls run one at a time (upstream's serializeImagePulls). */
  #pulling: Promise<unknown> = Promise.resolve()

  constructor(options: ImageManagerOptions) {
    this.#options = options
    this.#backoff = new Backoff(options.clock)
  }

  /** @throws {StartError} InvalidImageName, ErrImageNeverPull, ErrImagePull or ImagePullBackOff */
  async ensure(pod: Pod, container: Container, sandbox: PodSandboxConfig, signal: AbortSignal): Promise<PresentImage> {
    const { recorder, runtime } = this.#options
    const wanted = container.image ?? ''
    const image = normalizeImage(wanted)
    if (image === undefined) {
      const message = `Failed to apply default image tag ${JSON.stringify(wanted)}: couldn't parse image name ${JSON.stringify(wanted)}: invalid reference format`
      recorder.event(pod, 'Warning', 'InspectFailed', message)
      throw new StartError('InvalidImageName', message)
    }
    const { image: present } = await runtime.imageStatus({ image: { image } }, { signal })
    const policy = container.imagePullPolicy ?? (image.endsWith(':latest') ? 'Always' : 'IfNotPresent')
    if (present && policy !== 'Always') {
      recorder.event(pod, 'Normal', 'Pulled', `Container image ${JSON.stringify(wanted)} already present on machine`)
      return { ref: present.id ?? image, image: present }
    }
    if (policy === 'Never') {
      const message = `Container image ${JSON.stringify(wanted)} is not present with pull policy of Never`
      recorder.event(pod, 'Warning', 'ErrImageNeverPull', message)
      throw new StartError('ErrImageNeverPull', message)
    }
    return this.#pull({ pod, wanted, image, sandbox, signal })
  }

  async #pull({ pod, wanted, image, sandbox, signal }: PullInput): Promise<PresentImage> {
    const { recorder, runtime, clock } = this.#options
    const key = `${pod.metadata.uid}_${image}`
    if (this.#backoff.remainingMs(key, clock.now()) > 0) {
      const message = `Back-off pulling image ${JSON.stringify(wanted)}`
      recorder.event(pod, 'Normal', 'BackOff', message)
      throw new StartError('ImagePullBackOff', `${message}: ${this.#lastError.get(key) ?? 'ErrImagePull'}`)
    }
    recorder.event(pod, 'Normal', 'Pulling', `Pulling image ${JSON.stringify(wanted)}`)
    const startedAtMs = clock.monotonic()
    try {
      await this.#serially(() => this.#pullWithCredentials(pod, image, sandbox, signal))
    } catch (error) {
      signal.throwIfAborted()
      this.#backoff.next(key, clock.now())
      const message = `Failed to pull image ${JSON.stringify(wanted)}: ${messageOf(error)}`
      this.#lastError.set(key, `ErrImagePull: ${messageOf(error)}`)
      recorder.event(pod, 'Warning', 'Failed', message)
      throw new StartError('ErrImagePull', messageOf(error), { cause: error })
    }
    this.#backoff.reset(key)
    this.#lastError.delete(key)
    const { image: pulled } = await runtime.imageStatus({ image: { image } }, { signal })
    const took = Math.round(clock.monotonic() - startedAtMs)
    recorder.event(
      pod,
      'Normal',
      'Pulled',
      `Successfully pulled image ${JSON.stringify(wanted)} in ${took}ms (${took}ms including waiting). Image size: ${pulled?.size ?? 0} bytes.`,
    )
    return { ref: pulled?.id ?? image, image: pulled ?? undefined }
  }

  /** When a container waits for a pull back-off: how long still. */
  retryMs(pod: Pod, container: Container): number {
    const image = normalizeImage(container.image ?? '') ?? ''
    return this.#backoff.remainingMs(`${pod.metadata.uid}_${image}`, this.#options.clock.now())
  }

  forget(podUid: string): void {
    for (const key of [...this.#lastError.keys()].filter((key) => key.startsWith(`${podUid}_`))) {
      this.#lastError.delete(key)
      this.#backoff.reset(key)
    }
  }

  async #pullWithCredentials(pod: Pod, image: string, sandboxConfig: PodSandboxConfig, signal: AbortSignal): Promise<void> {
    const credentials = await this.#options.credentials(pod, image)
    let failure: unknown
    for (const auth of credentials.length > 0 ? credentials : [undefined]) {
      try {
        await this.#options.runtime.pullImage({ image: { image }, sandboxConfig, ...(auth ? { auth } : {}) }, { signal })
        return
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  async #serially<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#pulling.then(work, work)
    this.#pulling = mine.catch(() => {})
    return mine
  }
}

interface PullInput {
  readonly pod: Pod
  readonly wanted: string
  readonly image: string
  readonly sandbox: PodSandboxConfig
  readonly signal: AbortSignal
}
