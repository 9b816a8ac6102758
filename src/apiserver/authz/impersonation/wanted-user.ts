// Whom a request asks to act as. Source: k8s.io/apiserver pkg/endpoints/filters/impersonation/constrained_impersonation.go.
import { badRequest } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'

export interface WantedUser {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: ReadonlyMap<string, readonly string[]>
}

interface Headers {
  readonly headers: Readonly<Record<string, string | undefined>>
  headerValues(name: string): readonly string[]
}

const extraPrefix = 'impersonate-extra-'

/** @throws {ApiError} 400 for groups, uid or extra without a user */
export function wantedUser(source: Headers): WantedUser | undefined {
  const { headers } = source
  const name = headers['impersonate-user'] ?? ''
  const uid = headers['impersonate-uid'] ?? ''
  const groups = headers['impersonate-group'] === undefined ? [] : source.headerValues('impersonate-group')
  const extra = new Map<string, readonly string[]>()
  for (const header in headers) {
    if (!header.startsWith(extraPrefix)) continue
    const key = unescapeHeaderKey(header.slice(extraPrefix.length))
    extra.set(key, [...(extra.get(key) ?? []), ...source.headerValues(header)])
  }
  if (name) return { name, uid, groups, extra }
  if (uid || groups.length > 0 || extra.size > 0) throw badRequest(`requested ${goSyntax({ name, uid, groups, extra })} without impersonating a user name`)
  return undefined
}

/** Keys are percent-encoded in header names; one that is not well-formed stands for itself. */
export function unescapeHeaderKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

/** As Go's %#v prints it. */
function goSyntax({ name, uid, groups, extra }: WantedUser): string {
  const list = (values: readonly string[]) => (values.length > 0 ? `[]string{${values.map(goQuote).join(', ')}}` : '[]string(nil)')
  const entries = [...extra].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, values]) => `${goQuote(key)}:${list(values)}`)
  const map = entries.length > 0 ? `map[string][]string{${entries.join(', ')}}` : 'map[string][]string(nil)'
  return `&user.DefaultInfo{Name:${goQuote(name)}, UID:${goQuote(uid)}, Groups:${list(groups)}, Extra:${map}}`
}
