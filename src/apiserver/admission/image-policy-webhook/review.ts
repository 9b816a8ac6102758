// imagepolicy.k8s.io/v1alpha1 ImageReview: what is asked of a backend, and what it says.
export interface ImageReview {
  readonly apiVersion: 'imagepolicy.k8s.io/v1alpha1'
  readonly kind: 'ImageReview'
  readonly spec: {
    readonly containers: readonly { readonly image?: string }[]
    /** Those of the pod that are meant for the backend. */
    readonly annotations?: { readonly [key: string]: string }
    readonly namespace: string
  }
  readonly status?: ImageReviewStatus
}

export interface ImageReviewStatus {
  readonly allowed: boolean
  readonly reason?: string
  readonly auditAnnotations?: { readonly [key: string]: string }
}

/** @throws {Error} when the backend cannot be asked, or answers with anything but 2xx */
export type ImageReviewBackend = (review: ImageReview) => Promise<ImageReview>
