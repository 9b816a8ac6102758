// Accounts may limit their pods to the secrets that they list (annotation kubernetes.io/enforce-mountable-secrets).
// Source: plugin/pkg/admission/serviceaccount/admission.go (limitSecretReferences).
import type { Container, Pod, ServiceAccount } from '../../../api/core/v1.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { MutatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

const annotation = 'kubernetes.io/enforce-mountable-secrets'
const truths: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

const kinds = [
  ['init container', 'initContainers'],
  ['container', 'containers'],
  ['ephemeral container', 'ephemeralContainers'],
] as const

interface Reference {
  readonly secret: string
  /** The beginning of the complaint. */
  readonly where: string
}

function* ofContainer({ name, env = [], envFrom = [] }: Container, kind: string): Generator<Reference> {
  for (const { name: variable, valueFrom } of env) {
    const secret = valueFrom?.secretKeyRef?.name
    if (secret) yield { secret, where: `${kind} ${name} with envVar ${variable} referencing secret.secretName=${goQuote(secret)}` }
  }
  for (const { secretRef } of envFrom) {
    if (secretRef?.name) yield { secret: secretRef.name, where: `${kind} ${name} with envFrom referencing secret.secretName=${goQuote(secretRef.name)}` }
  }
}

function* references({ spec }: Pod): Generator<Reference> {
  for (const { secret } of spec.volumes ?? []) {
    if (secret?.secretName) yield { secret: secret.secretName, where: `volume with secret.secretName=${goQuote(secret.secretName)}` }
  }
  for (const [kind, list] of kinds) for (const container of (spec[list] ?? []) as readonly Container[]) yield* ofContainer(container, kind)
}

/** Whether a pod names a secret anywhere. */
export function namesSecrets(pod: Pod): boolean {
  const projected = pod.spec.volumes?.some(({ projected: volume }) => volume?.sources?.some((source) => source.secret))
  return Boolean(projected || pod.spec.imagePullSecrets?.length || !references(pod).next().done)
}

/** @throws {ApiError} 403 */
export function checkMountableSecrets(attributes: MutatingAttributes, pod: Pod, account: ServiceAccount): void {
  if (!truths.has(account.metadata.annotations?.[annotation] ?? '')) return
  const { name } = account.metadata
  const mountable = new Set(account.secrets?.map((secret) => secret.name))
  for (const { secret, where } of references(pod)) {
    if (!mountable.has(secret)) throw refuse(attributes, `${where} is not allowed because service account ${name} does not reference that secret`)
  }
  const pullable = new Set(account.imagePullSecrets?.map((secret) => secret.name))
  for (const [i, { name: secret = '' }] of (pod.spec.imagePullSecrets ?? []).entries()) {
    if (pullable.has(secret)) continue
    throw refuse(
      attributes,
      `imagePullSecrets[${i}].name=${goQuote(secret)} is not allowed because service account ${name} does not reference that imagePullSecret`,
    )
  }
}
