// An authenticating proxy: it shows a certificate of its own authority, and says in headers whom it speaks for.
// Source: k8s.io/apiserver pkg/authentication/request/headerrequest/requestheader.go.
import { unescapeHeaderKey } from '../authz/impersonation/wanted-user.ts'
import type { Clock } from '../../util/clock.ts'
import type { Authenticator, RequestHeaders } from './authenticator.ts'
import type { CertificateBundle } from './certificate-bundle.ts'
import { user } from './well-known-users.ts'

export interface RequestHeaderOptions {
  /** --requestheader-allowed-names: common names that a proxy may have; empty: any. */
  readonly allowedNames: readonly string[]
  /** The first of these headers that has a value. */
  readonly usernameHeaders: readonly string[]
  readonly uidHeaders: readonly string[]
  /** All values of all of them. */
  readonly groupHeaders: readonly string[]
  readonly extraHeaderPrefixes: readonly string[]
}

/** Headers of anybody else mean nothing. @throws {Error} for a certificate that is not the proxy's */
export function requestHeaderAuthenticator(options: RequestHeaderOptions, bundle: () => CertificateBundle | undefined, clock: Clock): Authenticator {
  const lower = (names: readonly string[]) => names.map((name) => name.trim().toLowerCase())
  const [usernames, uids, groups, prefixes] = [
    lower(options.usernameHeaders),
    lower(options.uidHeaders),
    lower(options.groupHeaders),
    lower(options.extraHeaderPrefixes),
  ]
  return ({ clientCertificate, request }) => {
    const authorities = bundle()
    if (!clientCertificate || !request || !authorities) return undefined
    const problem = authorities.problemWith(clientCertificate, clock.now())
    if (problem) throw new Error(`verifying certificate ${clientCertificate.fingerprint} failed: ${problem}`)
    const { commonName } = clientCertificate
    if (options.allowedNames.length > 0 && !options.allowedNames.includes(commonName))
      throw new Error(`x509: subject with cn=${commonName} is not in the allowed list`)
    const name = firstValue(request, usernames)
    if (!name) return undefined
    const uid = firstValue(request, uids)
    return user(
      name,
      groups.flatMap((header) => valuesOf(request, header)),
      { extra: extraOf(request, prefixes), ...(uid ? { uid } : {}) },
    )
  }
}

const has = ({ headers }: RequestHeaders, name: string) => Object.hasOwn(headers, name)
const valuesOf = (request: RequestHeaders, name: string) => (has(request, name) ? request.headerValues(name).filter((value) => value !== '') : [])

/** As Go's Header.Get: a header that is repeated counts once, with its first value. */
function firstValue(request: RequestHeaders, names: readonly string[]): string {
  for (const name of names) {
    const value = has(request, name) ? request.headerValues(name)[0] : undefined
    if (value) return value
  }
  return ''
}

function extraOf(request: RequestHeaders, prefixes: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const extra = new Map<string, readonly string[]>()
  for (const prefix of prefixes) {
    for (const header of Object.keys(request.headers)) {
      if (!header.startsWith(prefix)) continue
      const key = unescapeHeaderKey(header.slice(prefix.length))
      extra.set(key, [...(extra.get(key) ?? []), ...request.headerValues(header)])
    }
  }
  return extra
}
