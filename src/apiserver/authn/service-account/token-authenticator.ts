// Bound service account tokens: signature, issuer, audience and time first; then whether what the token is bound to still
// exists. A token of a deleted pod is worth nothing at once. Source: k8s.io/kubernetes pkg/serviceaccount/{jwt,claims}.go.
import { hash, verify } from 'node:crypto'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Authenticator, Credentials } from '../authenticator.ts'
import type { UserInfo } from '../user.ts'
import { serviceAccountGroups, serviceAccountName, user } from '../well-known-users.ts'
import { parseClaims, type ServiceAccountClaims } from './claims.ts'
import type { VerificationKey } from './keys.ts'

/** What lookups need of an object. */
export interface BoundObject {
  readonly metadata: { readonly uid?: string; readonly deletionTimestamp?: string }
}

interface BoundPod extends BoundObject {
  readonly spec?: { readonly nodeName?: string }
}

type Lookup<Key extends readonly string[], T extends BoundObject = BoundObject> = (...key: Key) => T | undefined | Promise<T | undefined>

/** Where to look up what a token is bound to. */
export interface BoundObjectGetter {
  readonly serviceAccount: Lookup<[namespace: string, name: string]>
  readonly pod: Lookup<[namespace: string, name: string], BoundPod>
  readonly secret: Lookup<[namespace: string, name: string]>
  readonly node: Lookup<[name: string]>
}

export interface ServiceAccountTokenOptions {
  /** The first one signs; all are accepted. */
  readonly issuers: readonly string[]
  readonly keys: readonly VerificationKey[]
  /** At least one must be in the token's `aud`. */
  readonly audiences: readonly string[]
  readonly getter: BoundObjectGetter
  readonly clock: Clock
}

/** Tokens whose signature has been checked; a check costs some 80 µs, a pod asks many times. */
const verifiedMax = 4096
/** Upstream keeps a token of a deleting object valid for a minute, so that it can still say goodbye. */
const deletedGraceMs = 60_000

/** @returns undefined for tokens of other issuers; throws for its own that are bad */
export function serviceAccountAuthenticator(
  options: ServiceAccountTokenOptions,
): Authenticator & { review(token: string, audiences: readonly string[]): Promise<TokenReviewResult | undefined> } {
  const { issuers, audiences, getter, clock } = options
  const verified = new Map<string, ServiceAccountClaims>()

  function claimsOf(token: string): ServiceAccountClaims | undefined {
    const key = hash('sha256', token, 'base64')
    const known = verified.get(key)
    if (known) return known
    const payload = payloadOf(token)
    if (typeof payload?.iss !== 'string' || !issuers.includes(payload.iss)) return undefined
    if (!isSignedBy(token, options.keys)) throw new Error('go-jose/go-jose: error in cryptographic primitive')
    const claims = parseClaims(payload)
    if (!claims) throw new Error('the token claims are not those of a service account')
    if (verified.size >= verifiedMax) verified.delete(verified.keys().next().value!)
    verified.set(key, claims)
    return claims
  }

  async function review(token: string, wanted: readonly string[], annotate?: Credentials['annotate']): Promise<TokenReviewResult | undefined> {
    const claims = claimsOf(token)
    if (!claims) return undefined
    const granted = audiencesOf(claims).filter((a) => wanted.includes(a))
    if (granted.length === 0) throw new Error(`token audiences ${goList(audiencesOf(claims))} is invalid for the target audiences ${goList(wanted)}`)
    const now = clock.now() / 1000
    if (now >= claims.exp) throw new Error('service account token has expired')
    if (claims.nbf !== undefined && now < claims.nbf) throw new Error('service account token is not valid yet')
    await checkBinding(claims, getter, clock.now())
    const late = Math.floor(now) - (claims['kubernetes.io'].warnafter ?? Infinity)
    if (late > 0) annotate?.('authentication.k8s.io/stale-token', `subject: ${claims.sub}, seconds after warning threshold: ${late}`)
    return { user: await userOf(claims, getter), audiences: granted }
  }

  const authenticate: Authenticator = async ({ bearerToken, annotate }) => {
    if (bearerToken === undefined || !looksLikeJwt(bearerToken)) return undefined
    return (await review(bearerToken, audiences, annotate))?.user
  }
  return Object.assign(authenticate, { review })
}

export interface TokenReviewResult {
  readonly user: UserInfo
  readonly audiences: readonly string[]
}

const audiencesOf = ({ aud }: ServiceAccountClaims): readonly string[] => (typeof aud === 'string' ? [aud] : aud)
/** Go's %q of a list. */
const goList = (values: readonly string[]) => `[${values.map(goQuote).join(' ')}]`

const looksLikeJwt = (token: string) => token.split('.', 4).length === 3

function payloadOf(token: string): { readonly iss?: unknown } | undefined {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iss?: unknown }
  } catch {
    // Not JSON: not a token of ours, and another authenticator may know it.
    return undefined
  }
}

function isSignedBy(token: string, keys: readonly VerificationKey[]): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: string; kid?: string }
  const signed = Buffer.from(`${header}.${payload}`)
  return keys
    .filter((k) => k.algorithm === alg && (kid === undefined || k.kid === kid))
    .some((k) => verify('sha256', signed, { key: k.publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
}

async function checkBinding({ 'kubernetes.io': bound }: ServiceAccountClaims, getter: BoundObjectGetter, nowMs: number): Promise<void> {
  const { namespace, serviceaccount, pod, secret, node } = bound
  const account = await getter.serviceAccount(namespace, serviceaccount.name)
  if (!account) throw new Error(`serviceaccounts ${goQuote(serviceaccount.name)} not found`)
  if (account.metadata.uid !== serviceaccount.uid) throw new Error(`service account UID (${account.metadata.uid}) does not match claim (${serviceaccount.uid})`)
  const isGone = ({ metadata }: BoundObject) => metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) + deletedGraceMs < nowMs
  const check = (ref: { readonly uid: string }, object: BoundObject | undefined) => {
    if (!object || object.metadata.uid !== ref.uid || isGone(object)) throw new Error('service account token has been invalidated')
  }
  if (isGone(account)) throw new Error('service account token has been invalidated')
  if (secret) check(secret, await getter.secret(namespace, secret.name))
  if (pod) check(pod, await getter.pod(namespace, pod.name))
  // A token of a pod names the node only as information; one bound to a node ends with it.
  else if (node) check(node, await getter.node(node.name))
}

async function userOf({ jti, 'kubernetes.io': bound }: ServiceAccountClaims, getter: BoundObjectGetter): Promise<UserInfo> {
  const { namespace, serviceaccount, pod, node } = bound
  const extra = new Map<string, readonly string[]>()
  const add = (key: string, value: string | undefined) => value && extra.set(`authentication.kubernetes.io/${key}`, [value])
  add('credential-id', jti && `JTI=${jti}`)
  add('node-name', node?.name ?? (pod && (await getter.pod(namespace, pod.name))?.spec?.nodeName))
  add('node-uid', node?.uid)
  add('pod-name', pod?.name)
  add('pod-uid', pod?.uid)
  return user(serviceAccountName(namespace, serviceaccount.name), serviceAccountGroups(namespace), { uid: serviceaccount.uid, extra })
}
