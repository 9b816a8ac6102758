// The user that the claims of a token describe. Pure. Source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go.
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { JwtIssuerConfiguration } from '../config/authentication-configuration.ts'
import type { UserInfo } from '../user.ts'
import { user } from '../well-known-users.ts'

/** Of a token that has been verified. */
export type Claims = Readonly<Record<string, unknown>>

type Mapping = Pick<JwtIssuerConfiguration, 'username' | 'groups' | 'uidClaim' | 'requiredClaims'>

const has = (claims: Claims, name: string) => Object.hasOwn(claims, name)

/** @throws {Error} for claims that are missing, of another type, or not what is required */
export function userOfClaims(claims: Claims, { username, groups, uidClaim, requiredClaims }: Mapping): UserInfo {
  const name = textClaim(claims, username.claim, `username claims ${goQuote(username.claim)}`)
  if (username.claim === 'email') checkEmail(claims)
  const memberOf = groups && has(claims, groups.claim) ? groupsClaim(claims, groups.claim).map((group) => groups.prefix + group) : []
  const uid = uidClaim ? textClaim(claims, uidClaim, `uid claim ${goQuote(uidClaim)}`) : ''
  for (const [claim, required] of requiredClaims) {
    if (!has(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`)
    const value = textClaim(claims, claim, `claim ${claim}`)
    if (value !== required) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${required}`)
  }
  return user(username.prefix + name, memberOf, { uid })
}

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
