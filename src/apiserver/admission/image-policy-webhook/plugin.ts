// Asks a backend whether a pod's images may run. Source: plugin/pkg/admission/imagepolicy/admission.go.
import { allContainers, containersIn } from '../../../api/core/pod-containers.ts'
import type { Pod } from '../../../api/core/v1.ts'
import type { Clock } from '../../../util/clock.ts'
import { ExpiringCache } from '../../../util/expiring-cache.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'
import type { ImagePolicyConfiguration } from './configuration.ts'
import type { ImageReview, ImageReviewBackend, ImageReviewStatus } from './review.ts'

/** Upstream's. */
const answersMax = 1024
const attemptsMax = 5
const backoffFactor = 1.5
const auditPrefix = 'imagepolicywebhook.image-policy.k8s.io/'

/** Ephemeral containers come with an update of their own. */
function reviewOf({ namespace, subresource }: ValidatingAttributes, { metadata, spec }: Pod): ImageReview {
  const containers = subresource ? containersIn(spec, 'ephemeralContainers') : allContainers(spec)
  const annotations = Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => key.includes('.image-policy.k8s.io/')))
  return {
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    kind: 'ImageReview',
    spec: {
      containers: containers.map(({ image }) => (image === undefined ? {} : { image })),
      ...(Object.keys(annotations).length ? { annotations } : {}),
      namespace,
    },
  }
}

export interface ImagePolicyDependencies {
  readonly configuration: ImagePolicyConfiguration
  readonly backend: ImageReviewBackend
  readonly clock: Pick<Clock, 'now' | 'sleep'>
}

export function newImagePolicyWebhook({ configuration, backend, clock }: ImagePolicyDependencies): AdmissionPlugin {
  const { allowMs, denyMs, retryBackoffMs, defaultAllow } = configuration
  const answers = new ExpiringCache<ImageReviewStatus>({ entriesMax: answersMax, clock })

  /** @throws {Error} when the backend fails again and again */
  async function ask(review: ImageReview): Promise<ImageReviewStatus> {
    let waitMs = retryBackoffMs
    for (let attempt = 1; ; attempt++) {
      try {
        const { status } = await backend(review)
        return { ...status, allowed: status?.allowed === true }
      } catch (error) {
        if (attempt === attemptsMax) throw error
        await clock.sleep(waitMs)
        waitMs *= backoffFactor
      }
    }
  }

  /** @returns undefined: the backend cannot be asked, and images pass all the same. @throws {ApiError} 403 */
  async function statusOf(attributes: ValidatingAttributes, review: ImageReview): Promise<ImageReviewStatus | undefined> {
    const question = JSON.stringify(review.spec)
    const before = answers.get(question)
    if (before) return before
    try {
      const status = await ask(review)
      answers.set(question, status, status.allowed ? allowMs : denyMs)
      return status
    } catch (error) {
      if (!defaultAllow) throw refuse(attributes, (error as Error).message)
      attributes.annotate(`${auditPrefix}failed-open`, 'true')
      return undefined
    }
  }

  return {
    name: 'ImagePolicyWebhook',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    async validate(attributes) {
      if (!concerns(attributes, 'pods') && !concerns(attributes, 'pods', 'ephemeralcontainers')) return
      const status = await statusOf(attributes, reviewOf(attributes, attributes.object as Pod))
      if (!status) return
      for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) attributes.annotate(auditPrefix + key, value)
      if (status.allowed) return
      throw refuse(
        attributes,
        status.reason ? `image policy webhook backend denied one or more images: ${status.reason}` : 'one or more images rejected by webhook backend',
      )
    },
  }
}
