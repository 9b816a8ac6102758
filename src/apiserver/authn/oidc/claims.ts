// The user that the claims of a token describe. Pure. Source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go.
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { JwtIssuerConfiguration, Mapping } from '../config/authentication-configuration.ts'
import type { UserInfo } from '../user.ts'
import { user } from '../well-known-users.ts'
import { ClaimExpressions } from './claim-expressions.ts'

/** Of a token that has been verified. */
export type Claims = Readonly<Record<string, unknown>>

type UserMapping = Pick<JwtIssuerConfiguration, 'username' | 'groups' | 'uid' | 'extra' | 'requiredClaims' | 'claimRules' | 'userRules'>

const has = (claims: Claims, name: string) => Object.hasOwn(claims, name)

/**
 * @param expressions those of the mapping
 * @throws {Error} for claims that are missing, of another type, or not what is required
 */
export function userOfClaims(claims: Claims, mapping: UserMapping, expressions = new ClaimExpressions(mapping)): UserInfo {
  const { username, groups, uid, requiredClaims } = mapping
  const evaluation = expressions.of(claims)
  const name = 'claim' in username ? nameClaim(claims, username) : evaluation.username()
  const memberOf = groups ? ('claim' in groups ? prefixedGroups(claims, groups) : evaluation.groups()) : []
  const id = uid ? ('claim' in uid ? textClaim(claims, uid.claim, `uid claim ${goQuote(uid.claim)}`) : evaluation.uid()) : ''
  const extra = evaluation.extra()
  for (const [claim, required] of requiredClaims) {
    if (!has(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`)
    const value = textClaim(claims, claim, `claim ${claim}`)
    if (value !== required) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${required}`)
  }
  evaluation.checkClaims()
  const described = user(name, memberOf, { uid: id, extra })
  expressions.checkUser(described)
  return described
}

type ClaimMapping = Extract<Mapping, { readonly claim: string }>

function nameClaim(claims: Claims, { claim, prefix }: ClaimMapping): string {
  const name = textClaim(claims, claim, `username claims ${goQuote(claim)}`)
  if (claim === 'email') checkEmail(claims)
  return prefix + name
}

const prefixedGroups = (claims: Claims, { claim, prefix }: ClaimMapping) =>
  has(claims, claim) ? groupsClaim(claims, claim).map((group) => prefix + group) : []

function textClaim(claims: Claims, claim: string, what: string): string {
  if (!has(claims, claim)) throw new Error(`oidc: parse ${what}: claim not present`)
  const value = claims[claim]
  if (typeof value !== 'string') throw new Error(`oidc: parse ${what}: the claim is not a string`)
  return value
}

/** One that is said not to be verified may be somebody else's. One of which nothing is said is believed, as upstream. */
function checkEmail(claims: Claims): void {
  if (!has(claims, 'email_verified')) return
  if (typeof claims['email_verified'] !== 'boolean') throw new Error("oidc: parse 'email_verified' claim: the claim is not a boolean")
  if (!claims['email_verified']) throw new Error('oidc: email not verified')
}

/** A text is a group, too: some like to use claims such as `role`. */
function groupsClaim(claims: Claims, claim: string): readonly string[] {
  const value = claims[claim]
  if (typeof value === 'string') return [value]
  if (value === null) return []
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw new Error(`oidc: parse groups claim ${goQuote(claim)}: the claim is neither a string nor a list of strings`)
}
