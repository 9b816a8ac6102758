// Accounts may limit their pods to the secrets that they list (annotation kubernetes.io/enforce-mountable-secrets).
// Source: plugin/pkg/admission/serviceaccount/admission.go (limitSecretReferences). Stricter than upstream: every reference
// counts, also those of projected volumes and of storage.
import { type PodReference, secretReferences } from '../../../api/core/pod-references.ts'
import type { Pod, ServiceAccount } from '../../../api/core/v1.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

const annotation = 'kubernetes.io/enforce-mountable-secrets'
const truths: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])

const kinds = { initContainers: 'init container', containers: 'container', ephemeralContainers: 'ephemeral container' } as const

/** The beginning of the complaint. */
function where(reference: Exclude<PodReference, { from: 'imagePullSecrets' }>): string {
  const secret = `secret.secretName=${goQuote(reference.name)}`
  switch (reference.from) {
    case 'volume':
      return reference.member === 'secret' ? `volume with ${secret}` : `volume with ${reference.member} referencing ${secret}`
    case 'env':
      return `${kinds[reference.list]} ${reference.container} with envVar ${reference.variable} referencing ${secret}`
    case 'envFrom':
      return `${kinds[reference.list]} ${reference.container} with envFrom referencing ${secret}`
  }
}

/**
 * @param concerns which references are looked at
 * @throws {ApiError} 403
 */
export function checkMountableSecrets(
  attributes: ValidatingAttributes,
  pod: Pod,
  account: ServiceAccount,
  concerns: (reference: PodReference) => boolean = () => true,
): void {
  if (!truths.has(account.metadata.annotations?.[annotation] ?? '')) return
  const { name } = account.metadata
  const mountable = new Set(account.secrets?.map((secret) => secret.name))
  const pullable = new Set(account.imagePullSecrets?.map((secret) => secret.name))
  for (const reference of secretReferences(pod)) {
    if (!concerns(reference)) continue
    if (reference.from !== 'imagePullSecrets') {
      if (mountable.has(reference.name)) continue
      throw refuse(attributes, `${where(reference)} is not allowed because service account ${name} does not reference that secret`)
    }
    if (pullable.has(reference.name)) continue
    const which = `imagePullSecrets[${reference.index}].name=${goQuote(reference.name)}`
    throw refuse(attributes, `${which} is not allowed because service account ${name} does not reference that imagePullSecret`)
  }
}
