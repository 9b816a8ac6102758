// The opaque position of a chunked list, in upstream's form. Source: k8s.io/apiserver pkg/storage/continue.go.
import { posix } from 'node:path'
import { badRequest } from '../../apimachinery/api-error.ts'
import { goSyntaxError } from './go-json-error.ts'

interface ContinueToken {
  /** Revision of the list's first chunk; -1: whatever is newest (after that revision has expired). */
  readonly revision: number
  /** Whole key to go on from, inclusive. */
  readonly from: string
}

const version = 'meta.k8s.io/v1'
/** Go types of the token's members. */
const memberTypes = new Map([
  ['v', 'string'],
  ['rv', 'int64'],
  ['start', 'string'],
])

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
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) throw invalid(unmarshalError(value, 'value', 'storage.continueToken'))
  const members: Record<string, unknown> = { ...value }
  for (const [name, member] of Object.entries(members)) {
    const type = memberTypes.get(name)
    if (type === undefined || member === null) continue
    const fits = type === 'int64' ? Number.isSafeInteger(member) : typeof member === type
    if (!fits) throw invalid(unmarshalError(member, `struct field continueToken.${name}`, type))
  }
  const v = (members['v'] ?? '') as string
  const rv = (members['rv'] ?? 0) as number
  const start = (members['start'] ?? '') as string
  if (v !== version) throw invalid(`server does not recognize this encoded version ${v}`)
  if (rv === 0) throw invalid(`incorrect encoded start resourceVersion (version ${version})`)
  if (start === '') throw invalid(`encoded start key empty (version ${version})`)
  // A cleaned path must stay the same: `..` would leave the prefix. A leading slash does not count.
  const path = start.startsWith('/') ? start : `/${start}`
  if (posix.normalize(path).replace(/(?<=.)\/$/, '') !== path) throw invalid(start)
  return { revision: rv, from: prefix + path.slice(1) }
}

/** What Go's decoder says of a member of another type. */
function unmarshalError(found: unknown, where: string, type: string): string {
  const kind = typeof found === 'boolean' ? 'bool' : Array.isArray(found) ? 'array' : typeof found
  return `json: cannot unmarshal ${kind === 'number' && type === 'int64' ? `number ${String(found)}` : kind} into Go ${where} of type ${type}`
}
