// Tokens in secrets of type kubernetes.io/service-account-token, as a token controller makes them: they do not end by themselves, but with
// their secret. Source: k8s.io/kubernetes pkg/serviceaccount/legacy.go.
import { timingSafeEqual } from 'node:crypto'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { dayOf, invalidSinceLabel, lastUsedLabel } from '../../../api/core/token-secret.ts'
import type { Clock } from '../../../util/clock.ts'
import type { TokenResponse } from '../token-authenticator.ts'
import { allAuthenticated, serviceAccountGroups, serviceAccountName, user } from '../well-known-users.ts'
import type { BoundObjectGetter } from './bound-objects.ts'

export const legacyIssuer = 'kubernetes/serviceaccount'

interface LegacyOptions {
  readonly getter: BoundObjectGetter
  /** --service-account-lookup: false trusts the signature alone. */
  readonly lookup: boolean
  readonly clock: Pick<Clock, 'now'>
  /** Takes down that a token was used for the first time on a day; nobody waits for it. */
  readonly used: (namespace: string, secret: string, day: string) => void
}

const prefix = 'kubernetes.io/serviceaccount/'

/** @param payload of a token with a good signature. @throws {Error} */
export async function legacyUser(
  token: string,
  payload: Readonly<Record<string, unknown>>,
  { getter, lookup, clock, used }: LegacyOptions,
): Promise<TokenResponse['user']> {
  const claim = (name: string, called: string): string => {
    const value = payload[name]
    if (typeof value !== 'string' || value === '') throw new Error(`${called} claim is missing`)
    return value
  }
  const subject = claim('sub', 'sub')
  const namespace = claim(`${prefix}namespace`, 'namespace')
  const secretName = claim(`${prefix}secret.name`, 'secretName')
  const name = claim(`${prefix}service-account.name`, 'serviceAccountName')
  const uid = claim(`${prefix}service-account.uid`, 'serviceAccountUID')
  if (subject !== serviceAccountName(namespace, name)) throw new Error('sub claim is invalid')
  if (lookup) {
    const secret = await getter.secret(namespace, secretName)
    if (!secret || secret.metadata.deletionTimestamp !== undefined) throw new Error('Token has been invalidated')
    if (!isSame(Buffer.from(secret.data?.['token'] ?? '', 'base64'), Buffer.from(token))) throw new Error("Token does not match server's copy")
    const account = await getter.serviceAccount(namespace, name)
    if (!account) throw new Error(`serviceaccounts ${goQuote(name)} not found`)
    if (account.metadata.deletionTimestamp !== undefined) throw new Error(`ServiceAccount ${namespace}/${name} has been deleted`)
    if (account.metadata.uid !== uid) throw new Error(`ServiceAccount UID (${account.metadata.uid}) does not match claim (${uid})`)
    const labels = new Map(Object.entries(secret.metadata.labels ?? {}))
    if (labels.has(invalidSinceLabel)) {
      throw new Error(
        `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
      )
    }
    const today = dayOf(clock.now())
    // Clocks of servers differ.
    if ((labels.get(lastUsedLabel) ?? '') < today) used(namespace, secretName, today)
  }
  return user(serviceAccountName(namespace, name), [...serviceAccountGroups(namespace), allAuthenticated], { uid })
}

const isSame = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b)
