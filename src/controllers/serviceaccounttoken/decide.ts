// What a Secret for a service account's token needs. Source: pkg/controller/serviceaccount/tokens_controller.go.
import type { Secret, ServiceAccount } from '../../api/core/v1.ts'
import type { Mutable } from '../../api/object.ts'
import { accountNameAnnotation, accountOf, accountUidAnnotation } from '../../api/core/token-secret.ts'

export interface TokenContext {
  /** PEM; undefined: secrets say nothing of it. */
  readonly rootCa: string | undefined
  /** A token for the secret, which must be there. */
  readonly sign: (secret: Secret, account: ServiceAccount) => string
}

export type Plan = { readonly kind: 'keep' } | { readonly kind: 'delete' } | { readonly kind: 'update'; readonly secret: Secret }

const base64 = (text: string) => Buffer.from(text).toString('base64')

/**
 * @param account of the secret's namespace and annotation; undefined when there is none
 * @returns `delete` for a secret whose account is gone, or is another of the same name
 */
export function decide(secret: Secret, account: ServiceAccount | undefined, { rootCa, sign }: TokenContext): Plan {
  const named = accountOf(secret)
  if (!named || secret.metadata.deletionTimestamp !== undefined) return { kind: 'keep' }
  if (!account || (named.uid !== undefined && named.uid !== account.metadata.uid)) return { kind: 'delete' }
  const data = new Map(Object.entries(secret.data ?? {}))
  const needsCa = rootCa !== undefined && data.get('ca.crt') !== base64(rootCa)
  const needsNamespace = !data.get('namespace')
  const needsToken = !data.get('token')
  if (!needsCa && !needsNamespace && !needsToken) return { kind: 'keep' }
  const next = structuredClone(secret) as Mutable<Secret>
  next.metadata.annotations = { ...next.metadata.annotations, [accountNameAnnotation]: account.metadata.name, [accountUidAnnotation]: account.metadata.uid! }
  if (needsCa) data.set('ca.crt', base64(rootCa))
  if (needsNamespace) data.set('namespace', base64(secret.metadata.namespace!))
  if (needsToken) data.set('token', base64(sign(secret, account)))
  next.data = Object.fromEntries(data)
  return { kind: 'update', secret: next as Secret }
}

/** Claims of a token that lives as long as its secret. Source: pkg/serviceaccount/legacy.go (LegacyClaims). */
export function legacyClaims({ metadata: secret }: Secret, { metadata: account }: ServiceAccount): object {
  return {
    iss: 'kubernetes/serviceaccount',
    'kubernetes.io/serviceaccount/namespace': account.namespace,
    'kubernetes.io/serviceaccount/secret.name': secret.name,
    'kubernetes.io/serviceaccount/service-account.name': account.name,
    'kubernetes.io/serviceaccount/service-account.uid': account.uid,
    sub: `system:serviceaccount:${account.namespace}:${account.name}`,
  }
}
