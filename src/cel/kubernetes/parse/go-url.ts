// URLs as Go's net/url reads them, with its complaints: what is a URL here must be one there. Source: Go net/url url.go.
import { goQuote } from '../../../apimachinery/go-quote.ts'

/** A text that is no URL; the message is Go's. */
export class UrlError extends Error {
  override readonly name = 'UrlError'
}

export interface GoUrl {
  /** Lower case; '' for none. */
  readonly scheme: string
  /** With its port, decoded; '' for none. */
  readonly host: string
  /** As `EscapedPath()` gives it. */
  readonly escapedPath: string
  /** Without the question mark, as it was written. */
  readonly rawQuery: string
  /** The whole, in one form: two URLs are equal if theirs are. */
  readonly text: string
}

type Part = 'host' | 'path' | 'query' | 'userinfo'

const utf8 = new TextEncoder()
const text8 = new TextDecoder()
const pathCharacters = /[A-Za-z0-9\-_.~$&+,/:;=@]/
const hostCharacters = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/

function unescape(text: string, part: Part): string {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '%') {
      const escape = text.slice(i, i + 3)
      if (!/^%[0-9a-fA-F]{2}$/.test(escape)) throw new UrlError(`invalid URL escape ${goQuote(escape)}`)
      // Of ASCII only the percent sign of a zone may be escaped in a host.
      if (part === 'host' && Number.parseInt(escape.slice(1, 2), 16) < 8 && escape !== '%25') throw new UrlError(`invalid URL escape ${goQuote(escape)}`)
      i += 2
    } else if (part === 'host' && text[i]! < '\x80' && !hostCharacters.test(text[i]!)) {
      throw new UrlError(`invalid character ${goQuote(text[i]!)} in host name`)
    }
  }
  const spaced = part === 'query' ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  const bytes: number[] = []
  for (const piece of spaced.split(/(%[0-9a-fA-F]{2})/)) {
    if (/^%[0-9a-fA-F]{2}$/.test(piece)) bytes.push(Number.parseInt(piece.slice(1), 16))
    else for (const byte of utf8.encode(piece)) bytes.push(byte)
  }
  return text8.decode(new Uint8Array(bytes))
}

function escape(text: string, keep: RegExp): string {
  let out = ''
  for (const byte of utf8.encode(text)) {
    const char = String.fromCharCode(byte)
    out += byte < 0x80 && keep.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}

const isValidEncodedPath = (text: string) => /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/.test(text)

/** `EscapedPath()`: as it was written, if that is a way to write it. */
function escapedPath(raw: string): string {
  const path = unescape(raw, 'path')
  if (path === '*') return '*'
  return isValidEncodedPath(raw) ? raw : escape(path, pathCharacters)
}

const isOptionalPort = (text: string) => /^(:[0-9]*)?$/.test(text)

function parseHost(host: string): string {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']')
    if (end < 0) throw new UrlError("missing ']' in host")
    const port = host.slice(end + 1)
    if (!isOptionalPort(port)) throw new UrlError(`invalid port ${goQuote(port)} after host`)
    const zone = host.slice(0, end).indexOf('%25')
    if (zone >= 0) return unescape(host.slice(0, zone), 'host') + unescape(host.slice(zone, end), 'path') + unescape(host.slice(end), 'host')
  } else if (host.includes(':')) {
    const port = host.slice(host.lastIndexOf(':'))
    if (!isOptionalPort(port)) throw new UrlError(`invalid port ${goQuote(port)} after host`)
  }
  return unescape(host, 'host')
}

function parseAuthority(authority: string): { readonly user: string; readonly host: string } {
  const at = authority.lastIndexOf('@')
  const host = parseHost(authority.slice(at + 1))
  if (at < 0) return { user: '', host }
  const user = authority.slice(0, at)
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new UrlError('net/url: invalid userinfo')
  unescape(user, 'userinfo')
  return { user: `${user}@`, host }
}

function splitScheme(text: string): readonly [scheme: string, rest: string] {
  if (text.startsWith(':')) throw new UrlError('missing protocol scheme')
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)
  return match ? [match[1]!.toLowerCase(), text.slice(match[0].length)] : ['', text]
}

function parse(text: string, viaRequest: boolean): GoUrl {
  // oxlint-disable-next-line no-control-regex -- what Go refuses
  if (/[\0-\x1f\x7f]/.test(text)) throw new UrlError('net/url: invalid control character in URL')
  if (text === '' && viaRequest) throw new UrlError('empty url')
  if (text === '*') return { scheme: '', host: '', escapedPath: '*', rawQuery: '', text }
  const [scheme, afterScheme] = splitScheme(text)
  const question = afterScheme.indexOf('?')
  const rawQuery = question < 0 ? '' : afterScheme.slice(question + 1)
  let rest = question < 0 ? afterScheme : afterScheme.slice(0, question)
  const whole = (host: string, path: string, authority = host) => `${scheme}:${authority}:${path}?${rawQuery}`
  if (!rest.startsWith('/')) {
    // A path without a root is opaque: `mailto:x`.
    if (scheme) return { scheme, host: '', escapedPath: '', rawQuery, text: whole('', rest) }
    if (viaRequest) throw new UrlError('invalid URI for request')
    if (rest.split('/')[0]!.includes(':')) throw new UrlError('first path segment in URL cannot contain colon')
  }
  let authority = { user: '', host: '' }
  if ((scheme || (!viaRequest && !rest.startsWith('///'))) && rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2)
    authority = parseAuthority(slash < 0 ? rest.slice(2) : rest.slice(2, slash))
    rest = slash < 0 ? '' : rest.slice(slash)
  }
  const path = escapedPath(rest)
  return { scheme, host: authority.host, escapedPath: path, rawQuery, text: whole(authority.host, path, authority.user + authority.host) }
}

const named = (text: string, run: () => GoUrl): GoUrl => {
  try {
    return run()
  } catch (error) {
    throw error instanceof UrlError ? new UrlError(`parse ${goQuote(text)}: ${error.message}`) : error
  }
}

/** `url.ParseRequestURI`: absolute, or an absolute path. @throws {UrlError} */
export const parseRequestUri = (text: string): GoUrl => named(text, () => parse(text, true))

/** `url.Parse`. The fragment is cut off. @throws {UrlError} */
export function parseUrl(text: string): GoUrl {
  const hash = text.indexOf('#')
  const bare = hash < 0 ? text : text.slice(0, hash)
  const url = named(bare, () => parse(bare, false))
  return hash < 0 ? url : { ...url, text: url.text + text.slice(hash) }
}

/** `Hostname()` and `Port()`. */
export function splitHostPort(host: string): { readonly hostname: string; readonly port: string } {
  const colon = host.lastIndexOf(':')
  const hasPort = colon >= 0 && isOptionalPort(host.slice(colon))
  const name = hasPort ? host.slice(0, colon) : host
  return { hostname: name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name, port: hasPort ? host.slice(colon + 1) : '' }
}

/** `Query()`: what cannot be decoded is left out. */
export function queryOf(rawQuery: string): ReadonlyMap<string, readonly string[]> {
  const query = new Map<string, string[]>()
  for (const pair of rawQuery.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const equals = pair.indexOf('=')
    try {
      const key = unescape(equals < 0 ? pair : pair.slice(0, equals), 'query')
      const value = equals < 0 ? '' : unescape(pair.slice(equals + 1), 'query')
      query.set(key, [...(query.get(key) ?? []), value])
    } catch (error) {
      if (!(error instanceof UrlError)) throw error
    }
  }
  return query
}
