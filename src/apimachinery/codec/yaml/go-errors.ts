// What upstream's YAML parser says of a text that ours refuses. Source: go.yaml.in/yaml/v2 scannerc.go, parserc.go, decode.go (parser.fail).
//
// Its scanner counts lines from one, its parser from zero; a line that comes out as zero is not named, and its reader names none. A text
// without a line break at its end ends on the next line.

/** Where ours stopped. */
export interface Mark {
  /** From zero, as all here. */
  readonly line: number
  readonly position: number
}

type Part = 'scanner' | 'parser' | 'reader'
type Fault = readonly [part: Part, problem: string, line: number]

const noToken = 'found character that cannot start any token'
const noNode = 'did not find expected node content'
const noKey = 'did not find expected key'
const tabIndents = 'found a tab character that violates indentation'

/** Reasons of ours that have one meaning. */
const plain: readonly (readonly [reason: RegExp, part: Part, problem: string])[] = [
  [/non-printable|null byte/, 'reader', 'control characters are not allowed'],
  [/unknown escape/, 'scanner', 'found unknown escape character'],
  [/hexadecimal/, 'scanner', 'did not find expected hexdecimal number'],
  [/name of an (?:alias|anchor)/, 'scanner', 'did not find expected alphabetic or numeric character'],
  [/a line break is expected/, 'scanner', 'did not find expected comment or line break'],
  [/expected the node content/, 'parser', noNode],
  [/nested mappings are not allowed/, 'scanner', 'mapping values are not allowed in this context'],
  [/undeclared tag handle/, 'parser', 'found undefined tag handle'],
  [/unacceptable YAML version/, 'reader', 'found incompatible YAML document'],
  [/cannot merge mappings/, 'reader', 'map merge requires map or sequence of maps as the value'],
]

/** @returns `line 2: mapping values are not allowed in this context`; the reason itself where no better one is known */
export function goYamlError(text: string, reason: string, mark: Mark | undefined): string {
  const alias = /unidentified alias "(.*)"/.exec(reason)
  if (alias) return `unknown anchor '${alias[1]}' referenced`
  if (!mark || reason.startsWith('invalid map key')) return reason
  const [part, problem, line] = faultOf(text, reason, mark) ?? ['scanner', reason, mark.line]
  if (part === 'reader' || line === 0) return problem
  return `line ${part === 'scanner' ? line + 1 : line}: ${problem}`
}

function faultOf(text: string, reason: string, mark: Mark): Fault | undefined {
  if (/tab character/.test(reason)) return tabbed(text, mark)
  const known = plain.find(([form]) => form.test(reason))
  if (known) return [known[1], known[2], mark.line]
  if (/within a (?:double|single) quoted scalar/.test(reason)) return ['scanner', 'found unexpected end of stream', scannedLines(text)]
  if (/can not read a block mapping entry|expected ':' after a mapping key/.test(reason))
    return ['scanner', "could not find expected ':'", lineAfter(text, mark)]
  if (/within a flow collection/.test(reason)) return ['parser', inFlow(text, text.length), endLine(text)]
  if (/missed comma/.test(reason)) return ['parser', expectedIn(innermost(text, mark.position)), mark.line]
  if (/deficient indentation/.test(reason)) return dedented(text, mark)
  if (/bad indentation of a mapping entry/.test(reason)) return inMapping(text, mark)
  if (/end of the stream or a document separator/.test(reason)) return afterDocument(text, mark)
  return undefined
}

const breaks = (text: string) => text.split('\n').length - 1
/** Where the scanner is at the end: of a text without a last line break on its last line. */
const scannedLines = breaks
/** Where a token of the end is. */
const endLine = (text: string) => breaks(text) + (text === '' || text.endsWith('\n') ? 0 : 1)
const lineAfter = (text: string, { line, position }: Mark) => (position >= text.length ? endLine(text) : line)

const expectedIn = (bracket: string | undefined) => `did not find expected ',' or '${bracket === '[' ? ']' : '}'}'`

/** Inside of a collection that is not over: behind a bracket, comma or colon a value is missed, behind a value what follows it. */
function inFlow(text: string, end: number): string {
  const last = text.slice(0, end).trimEnd().at(-1) ?? ''
  return '[{,:'.includes(last) ? noNode : expectedIn(innermost(text, end))
}

/** The bracket that is open there. */
function innermost(text: string, end: number): string | undefined {
  const open: string[] = []
  let quote = ''
  for (let at = 0; at < end; at++) {
    const char = text[at]!
    if (quote !== '') {
      if (char === '\\' && quote === '"') at++
      else if (char === quote) quote = ''
    } else if (startsToken(text, at) && (char === '"' || char === "'")) quote = char
    else if ('[{'.includes(char) && (open.length > 0 || startsToken(text, at))) open.push(char)
    else if (']}'.includes(char)) open.pop()
  }
  return open.at(-1)
}

const startsToken = (text: string, at: number) => at === 0 || /[\s[{,:]/.test(text[at - 1]!)

function dedented(text: string, mark: Mark): Fault {
  const bracket = innermost(text, mark.position)
  return bracket === undefined ? ['scanner', 'found unexpected end of stream', scannedLines(text)] : ['parser', expectedIn(bracket), mark.line]
}

/** Where a value may begin a tab is no token; elsewhere it is indentation. */
function tabbed(text: string, { line, position }: Mark): Fault {
  const before = text.slice(0, position).trimEnd().at(-1) ?? ':'
  return ['scanner', ':-'.includes(before) ? noToken : tabIndents, line]
}

/** A line that is no more part of what the line above is in: what the one before it at that depth is, goes on. */
function outdented(text: string, position: number, indentation: number): string {
  const above = text
    .slice(0, position)
    .split('\n')
    .slice(0, -1)
    .findLast((each) => each.search(/\S/) === indentation)
  return above !== undefined && /^\s*-\s/.test(above) ? "did not find expected '-' indicator" : noKey
}

function inMapping(text: string, { line, position }: Mark): Fault {
  const char = text[position] ?? ''
  const before = text.slice(text.lastIndexOf('\n', position - 1) + 1, position).trimEnd()
  if ('@`%'.includes(char)) return ['scanner', noToken, line]
  if ('],}'.includes(char)) return ['parser', noNode, line]
  if (before === '') return ['parser', outdented(text, position, position - text.lastIndexOf('\n', position - 1) - 1), line]
  if (/["'\]}]$/.test(before)) return ['parser', noKey, line]
  return ['scanner', 'mapping values are not allowed in this context', line]
}

function afterDocument(text: string, { line, position }: Mark): Fault | undefined {
  const start = text.lastIndexOf('\n', position - 1) + 1
  if (/^ *\t/.test(text.slice(start))) return ['scanner', line === 0 ? noToken : tabIndents, line]
  if (']}'.includes(text[position] ?? ' ')) return ['parser', noNode, line]
  if (/^(?:---\s*)?\s*-\s/.test(text)) return ['parser', "did not find expected '-' indicator", line]
  return /^-\s/.test(text.slice(position)) ? ['parser', noKey, line] : undefined
}
