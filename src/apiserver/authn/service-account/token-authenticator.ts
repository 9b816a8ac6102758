// Service account tokens: signature and issuer once per token, then at each request audience, time, and whether what the token is bound to
// still exists. Upstream keeps the whole answer for ten seconds; here only the signature is remembered, so that a token of a deleted pod is
// worth nothing at once, and lookups in memory make that as cheap.
// Source: k8s.io/kubernetes pkg/serviceaccount/{jwt,claims}.go.
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Clock } from '../../../util/clock.ts'
import { parseJwt } from '../jwt.ts'
import type { TokenAuthenticator, TokenResponse } from '../token-authenticator.ts'
import { tokenDigest } from '../token-digest.ts'
import type { UserInfo } from '../user.ts'
import { allAuthenticated, serviceAccountGroups, serviceAccountName, user } from '../well-known-users.ts'
import { type BoundObjectGetter, type BoundObjects, boundObjects, checkBinding, leewayMs } from './bound-objects.ts'
import { parseClaims, type ServiceAccountClaims } from './claims.ts'
import { isSignedByOne, type VerificationKey } from './keys.ts'
import { legacyIssuer, legacyToken } from './legacy-token.ts'

export interface ServiceAccountTokenOptions {
  /** The first one signs; all are accepted. */
  readonly issuers: readonly string[]
  readonly keys: readonly VerificationKey[]
  /** Of tokens that name none: those of secrets. */
  readonly apiAudiences: readonly string[]
  /** Whether tokens of secrets must be in their secret still; default true. */
  readonly lookup?: boolean
  readonly getter: BoundObjectGetter
  /** Takes down the use of a token that is in a secret; default: nobody does. */
  readonly used?: (namespace: string, secret: string, day: string) => void
  readonly clock: Pick<Clock, 'now'>
}

/** A token whose signature has been checked. */
interface Verified {
  readonly claims: ServiceAccountClaims
  /** Made when first needed, for the node that the pod was on then. */
  known?: { readonly user: UserInfo; readonly nodeName: string | undefined }
}

/** Tokens whose signature is remembered; a check costs some 80 µs, a pod asks many times. */
const verifiedMax = 16_384

/** @throws {Error} (from the authenticator) for tokens of these issuers that are bad; those of others are nobody's */
export function serviceAccountTokens(options: ServiceAccountTokenOptions): TokenAuthenticator {
  const { issuers, getter, clock, lookup = true, used = () => {} } = options
  const verified = new Map<string, Verified>()

  const accept = (token: Verified, wanted: readonly string[], objects: BoundObjects): TokenResponse => {
    const { claims } = token
    checkBinding(claims['kubernetes.io'], objects, clock.now())
    const late = Math.floor(clock.now() / 1000) - (claims['kubernetes.io'].warnafter ?? Infinity)
    const stale = late > 0 ? { stale: `subject: ${claims.sub}, seconds after warning threshold: ${late}` } : {}
    return { user: userOf(token, objects), audiences: granted(claims, wanted), ...stale }
  }
  const acceptLegacy = async (token: string, payload: Readonly<Record<string, unknown>>, wanted: readonly string[]): Promise<TokenResponse> => {
    const audiences = audiencesFor(options.apiAudiences, wanted)
    return { ...(await legacyToken(token, payload, { getter, lookup, clock, used })), audiences }
  }

  return (token, wanted) => {
    const key = tokenDigest(token)
    let known = verified.get(key)
    if (!known) {
      const jwt = parseJwt(token)
      const issuer = jwt?.payload['iss']
      if (!jwt || typeof issuer !== 'string' || !(issuers.includes(issuer) || issuer === legacyIssuer)) return undefined
      if (!isSignedByOne(jwt, options.keys)) throw new Error('go-jose/go-jose: error in cryptographic primitive')
      if (!issuers.includes(issuer)) return acceptLegacy(token, jwt.payload, wanted)
      const claims = parseClaims(jwt.payload)
      if (!claims) throw new Error('the token claims are not those of a service account')
      known = { claims }
      if (verified.size >= verifiedMax) verified.delete(verified.keys().next().value!)
      verified.set(key, known)
    }
    const { claims } = known
    granted(claims, wanted)
    checkTime(claims, clock.now())
    const objects = boundObjects(claims['kubernetes.io'], getter)
    if (!(objects instanceof Promise)) return accept(known, wanted, objects)
    const found = known
    return objects.then((looked) => accept(found, wanted, looked))
  }
}

/** Clocks of servers differ: each limit is stretched by a minute, as go-jose does. @throws {Error} */
function checkTime({ exp, nbf, iat }: ServiceAccountClaims, nowMs: number): void {
  if (nbf !== undefined && nowMs + leewayMs < nbf * 1000) throw new Error('service account token is not valid yet')
  if (nowMs - leewayMs > exp * 1000) throw new Error('service account token has expired')
  if (iat !== undefined && nowMs + leewayMs < iat * 1000) {
    throw new Error('service account token claims could not be validated due to unexpected validation error')
  }
}

const granted = ({ aud }: ServiceAccountClaims, wanted: readonly string[]) => audiencesFor(typeof aud === 'string' ? [aud] : aud, wanted)

/** @throws {Error} when none is wanted */
function audiencesFor(audiences: readonly string[], wanted: readonly string[]): readonly string[] {
  const both = audiences.filter((audience) => wanted.includes(audience))
  if (both.length > 0) return both
  throw new Error(`token audiences ${goList(audiences)} is invalid for the target audiences ${goList(wanted)}`)
}

/** Go's %q of a list. */
const goList = (values: readonly string[]) => `[${values.map(goQuote).join(' ')}]`

/** The same object for the same token: what users are remembered by stays small. */
function userOf(token: Verified, { pod: live }: BoundObjects): UserInfo {
  const { jti, 'kubernetes.io': bound } = token.claims
  const { namespace, serviceaccount, pod, node } = bound
  const nodeName = node?.name ?? live?.spec?.nodeName
  if (token.known && token.known.nodeName === nodeName) return token.known.user
  const extra = new Map<string, readonly string[]>()
  const add = (key: string, value: string | undefined) => value && extra.set(`authentication.kubernetes.io/${key}`, [value])
  add('credential-id', jti && `JTI=${jti}`)
  add('node-name', nodeName)
  add('node-uid', node?.uid)
  add('pod-name', pod?.name)
  add('pod-uid', pod?.uid)
  const groups = [...serviceAccountGroups(namespace), allAuthenticated]
  const made = user(serviceAccountName(namespace, serviceaccount.name), groups, { uid: serviceaccount.uid, extra })
  token.known = { user: made, nodeName }
  return made
}
