// The opaque position of a chunked list, in upstream's form. Source: k8s.io/apiserver pkg/storage/continue.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { goSyntaxError } from './go-json-error.ts'

interface ContinueToken {
  /** Revision of the list's first chunk; -1: whatever is newest (after that revision has expired). */
  readonly revision: number
  /** Whole key to go on from, inclusive. */
  readonly from: string
}

const version = 'meta.k8s.io/v1'

/** @param prefix of the list; a token holds the key relative to it */
export function encodeContinue(token: ContinueToken, prefix: string): string {
  if (!token.from.startsWith(prefix)) throw new Error(`unable to encode next field: ${token.from} does not start with ${prefix}`)
  return Buffer.from(JSON.stringify({ v: version, rv: token.revision, start: token.from.slice(prefix.length) })).toString('base64url')
}

/** @throws {ApiError} 400 with upstream's message */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  const invalid = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`)
  const bad = text.search(/[^A-Za-z0-9_-]/)
  if (bad >= 0 || text.length % 4 === 1) throw invalid(`illegal base64 data at input byte ${bad >= 0 ? bad : text.length - 1}`)
  const json = Buffer.from(text, 'base64url')
  let value: unknown
  try {
    value = JSON.parse(json.toString('utf8'))
  } catch {
    throw invalid(goSyntaxError(json))
  }
  const { v, rv, start } = (value ?? {}) as { v?: unknown; rv?: unknown; start?: unknown }
  if (v !== version) throw invalid(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`)
  if (!Number.isSafeInteger(rv) || rv === 0) throw invalid(`incorrect encoded start resourceVersion (version ${version})`)
  if (typeof start !== 'string' || start === '') throw invalid(`encoded start key empty (version ${version})`)
  // A cleaned path must stay the same: `..` would leave the prefix.
  if (start.startsWith('/') || start.split('/').some((part) => part === '..' || part === '.')) throw invalid(start)
  return { revision: rv as number, from: prefix + start }
}
