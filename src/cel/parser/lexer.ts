// Text to tokens: the longest match wins. Source: cel-go parser/gen/CEL.g4 (lexer rules).

/** Punctuation is named by itself; keywords, too. */
export type TokenKind =
  | 'EOF'
  | '=='
  | '!='
  | 'in'
  | '<'
  | '<='
  | '>='
  | '>'
  | '&&'
  | '||'
  | '['
  | ']'
  | '{'
  | '}'
  | '('
  | ')'
  | '.'
  | ','
  | '-'
  | '!'
  | '?'
  | ':'
  | '+'
  | '*'
  | '/'
  | '%'
  | 'true'
  | 'false'
  | 'null'
  | 'NUM_FLOAT'
  | 'NUM_INT'
  | 'NUM_UINT'
  | 'STRING'
  | 'BYTES'
  | 'IDENTIFIER'
  | 'ESC_IDENTIFIER'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** In UTF-16 units. */
  readonly start: number
}

/** A text that begins no token. */
export interface LexicalError {
  readonly text: string
  readonly start: number
}

export interface Lexed {
  /** Ends with EOF. */
  readonly tokens: readonly Token[]
  readonly errors: readonly LexicalError[]
}

const blank = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y
const number = /(?:0x[0-9a-fA-F]+|[0-9]+(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)[uU]?/y
const word = /[A-Za-z_][A-Za-z_0-9]*/y
const escapedWord = /`[A-Za-z0-9_.\-/ ]+`/y
const two = new Set(['==', '!=', '<=', '>=', '&&', '||'])
const one = new Set('<>[]{}().,-!?:+*/%')
const keywords = new Set(['in', 'true', 'false', 'null'])

export function lex(text: string): Lexed {
  const tokens: Token[] = []
  const errors: LexicalError[] = []
  let at = 0
  for (;;) {
    blank.lastIndex = at
    if (blank.test(text)) at = blank.lastIndex
    if (at >= text.length) break
    const token = read(text, at)
    if (token) {
      tokens.push(token)
      at += token.text.length
      continue
    }
    const end = failure(text, at)
    errors.push({ text: text.slice(at, end), start: at })
    at = end
  }
  tokens.push({ kind: 'EOF', text: '<EOF>', start: text.length })
  return { tokens, errors }
}

function read(text: string, start: number): Token | undefined {
  const token = (kind: TokenKind, end: number): Token => ({ kind, text: text.slice(start, end), start })
  const char = text[start]!
  const prefixed = stringAt(text, start)
  if (prefixed) return token(prefixed.bytes ? 'BYTES' : 'STRING', prefixed.end)
  word.lastIndex = start
  if (word.test(text)) {
    const name = text.slice(start, word.lastIndex)
    return token(keywords.has(name) ? (name as TokenKind) : 'IDENTIFIER', word.lastIndex)
  }
  number.lastIndex = start
  if (number.test(text)) return numberToken(text, start, number.lastIndex)
  if (char === '`') {
    escapedWord.lastIndex = start
    return escapedWord.test(text) ? token('ESC_IDENTIFIER', escapedWord.lastIndex) : undefined
  }
  const pair = text.slice(start, start + 2)
  if (two.has(pair)) return token(pair as TokenKind, start + 2)
  return one.has(char) ? token(char as TokenKind, start + 1) : undefined
}

function numberToken(text: string, start: number, end: number): Token {
  const whole = text.slice(start, end)
  const unsigned = /[uU]$/.test(whole)
  const digits = unsigned ? whole.slice(0, -1) : whole
  const float = !digits.startsWith('0x') && /[.eE]/.test(digits)
  // `1.5u` is a number and a name.
  if (float) return { kind: 'NUM_FLOAT', text: digits, start }
  return { kind: unsigned ? 'NUM_UINT' : 'NUM_INT', text: whole, start }
}

/** The end of a literal with its prefix and quotes. */
function stringAt(text: string, start: number): { bytes: boolean; end: number } | undefined {
  let at = start
  const bytes = text[at] === 'b' || text[at] === 'B'
  if (bytes) at++
  const raw = text[at] === 'r' || text[at] === 'R'
  if (raw) at++
  const quote = text[at]
  if (quote !== '"' && quote !== "'") return undefined
  const triple = quote.repeat(3)
  if (text.startsWith(triple, at)) {
    const end = raw ? text.indexOf(triple, at + 3) + 3 : scanString(text, at + 3, triple).end
    if (end !== undefined && end > at + 3) return { bytes, end }
  }
  const end = raw ? scanRaw(text, at + 1, quote) : scanString(text, at + 1, quote).end
  return end === undefined ? undefined : { bytes, end }
}

function scanRaw(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length && text[at] !== '\n' && text[at] !== '\r'; at++) if (text[at] === quote) return at + 1
  return undefined
}

const escape = /\\(?:[abfnrtv"'\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y

/** Where a string ends, or where no continuation is possible any more. */
function scanString(text: string, from: number, quote: string): { end?: number; failedAt: number } {
  let at = from
  while (at < text.length) {
    if (text.startsWith(quote, at)) return { end: at + quote.length, failedAt: at }
    const char = text[at]!
    if (quote.length === 1 && (char === '\n' || char === '\r')) return { failedAt: at }
    if (char !== '\\') {
      at++
      continue
    }
    escape.lastIndex = at
    if (!escape.test(text)) return { failedAt: escapeFailure(text, at) }
    at = escape.lastIndex
  }
  return { failedAt: at }
}

/** The first character that fits no escape sequence. */
function escapeFailure(text: string, start: number): number {
  const kind = text[start + 1] ?? ''
  const digits = { x: 2, X: 2, u: 4, U: 8 }[kind]
  let at = start + 2
  if (digits !== undefined) while (at < start + 2 + digits && /[0-9a-fA-F]/.test(text[at] ?? '')) at++
  else if (/[0-3]/.test(kind)) while (/[0-7]/.test(text[at] ?? '')) at++
  else at = start + 1
  return at
}

/** The end of what the lexer has looked at when it gave up: the character it stumbled over is skipped, too. */
function failure(text: string, start: number): number {
  const char = text[start]!
  let at = start
  if (char === '"' || char === "'") at = scanString(text, start + 1, char).failedAt
  else if (char === '`') {
    at = start + 1
    while (/[A-Za-z0-9_.\-/ ]/.test(text[at] ?? '')) at++
  } else if (char === '&' || char === '|' || char === '=') at = start + 1
  const skipped = text.codePointAt(at)
  return skipped === undefined ? text.length : at + (skipped > 0xffff ? 2 : 1)
}
