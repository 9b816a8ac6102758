// The static token file (--token-auth-file) and tokens that a process makes for its own components. Both are a table from
// token to user; tokens are compared by their SHA-256, so that time tells nothing about them.
import type { Authenticator } from './authenticator.ts'
import { tokenDigest } from './token-digest.ts'
import type { UserInfo } from './user.ts'
import { user } from './well-known-users.ts'

/** `entries` may grow later; the token itself is not kept. */
export class TokenTable {
  readonly #users = new Map<string, UserInfo>()

  /** The last one added for a token wins. */
  add(token: string, user: UserInfo): void {
    this.#users.set(tokenDigest(token), user)
  }

  readonly authenticate: Authenticator = ({ bearerToken }) => (bearerToken === undefined ? undefined : this.#users.get(tokenDigest(bearerToken)))
}

/**
 * `token,user,uid,"group1,group2"`, one a line; uid and groups may be left out (uid may not, upstream).
 * @throws {Error} naming the line of a record with fewer than three columns or without a token
 * @see k8s.io/apiserver pkg/authentication/token/tokenfile/tokenfile.go
 */
export function readTokenFile(text: string): TokenTable {
  const table = new TokenTable()
  for (const [index, line] of text.split('\n').entries()) {
    if (!line.trim() || line.startsWith('#')) continue
    const [token, name, uid, groups] = columns(line)
    if (name === undefined || uid === undefined) throw new Error(`token file line ${index + 1}: needs at least 3 columns (token, user name, user uid)`)
    if (!token) throw new Error(`token file line ${index + 1}: empty token`)
    table.add(token, user(name, groups ? groups.split(',') : [], { uid }))
  }
  return table
}

/** One CSV record; a column may be in double quotes, with `""` for a quote. */
function columns(line: string): string[] {
  return [...line.trim().matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain! : quoted.replaceAll('""', '"'),
  )
}
