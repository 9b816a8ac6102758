// Secrets of type kubernetes.io/service-account-token. Source: k8s.io/api core/v1, pkg/controller/serviceaccount, pkg/serviceaccount/legacy.go.
import type { Secret, ServiceAccount } from './v1.ts'

export const tokenSecretType = 'kubernetes.io/service-account-token'
export const accountNameAnnotation = 'kubernetes.io/service-account.name'
export const accountUidAnnotation = 'kubernetes.io/service-account.uid'
/** `2026-01-31`: the day on which somebody last showed the token. */
export const lastUsedLabel = 'kubernetes.io/legacy-token-last-used'
/** The day since which the token is refused, for nobody has used it. */
export const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since'
/** Since when the server keeps {@link lastUsedLabel}; in kube-system. */
export const trackingConfigMap = 'kube-apiserver-legacy-service-account-token-tracking'

const own = (map: Readonly<Record<string, string>> | undefined, key: string): string | undefined => (map && Object.hasOwn(map, key) ? map[key] : undefined)

/** Name and uid of the account that a secret says its token is for; undefined for other secrets. */
export function accountOf({ type, metadata: { annotations } }: Secret): { readonly name: string; readonly uid: string | undefined } | undefined {
  const name = own(annotations, accountNameAnnotation)
  if (type !== tokenSecretType || !name) return undefined
  return { name, uid: own(annotations, accountUidAnnotation) || undefined }
}

export const labelOf = ({ metadata: { labels } }: Secret, name: string): string | undefined => own(labels, name)

/** Whether the account lists the secret, as controllers of Kubernetes before 1.24 have made them: nobody asked for it. */
export const isListedBy = ({ metadata: { name } }: Secret, { secrets = [] }: Pick<ServiceAccount, 'secrets'>): boolean =>
  secrets.some((each) => each.name === name)

/** `2026-01-31`, in UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
