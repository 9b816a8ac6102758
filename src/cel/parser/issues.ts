// Errors of an expression's text, printed as cel-go does. Source: cel-go common/{source,error,errors}.go.

/** Longer lines are not shown. Source: cel-go common/error.go. */
const snippetBytesMax = 16_384
/** More issues than this are only counted. Source: cel-go common/errors.go. */
const issuesMax = 100

export interface Issue {
  readonly message: string
  /** From 1; -1 for an issue of the whole text. */
  readonly line: number
  /** From 0, in code points. */
  readonly column: number
  /** The node it is about, if there is one. */
  readonly exprId?: number | undefined
}

/** The text of an expression, with the place of every node. */
export class SourceText {
  readonly text: string
  /** By node id, from 1: offset in UTF-16 units. */
  readonly offsets: number[] = [0]
  #lines: string[] | undefined

  constructor(text: string) {
    this.text = text
  }

  lines(): readonly string[] {
    return (this.#lines ??= this.text.split('\n'))
  }

  /** @param offset in UTF-16 units; `undefined` for the whole text */
  locate(offset: number | undefined): Pick<Issue, 'line' | 'column'> {
    if (offset === undefined) return { line: -1, column: -1 }
    let line = 1
    let start = 0
    for (let end = this.text.indexOf('\n'); end >= 0 && end < offset; end = this.text.indexOf('\n', start)) {
      line++
      start = end + 1
    }
    return { line, column: codePointCount(this.text.slice(start, offset)) }
  }
}

/** What is wrong with an expression, in the order of the text. */
export class Issues {
  readonly source: SourceText
  /** The first ones that were found. */
  readonly #issues: Issue[] = []
  #size = 0

  constructor(source: SourceText) {
    this.source = source
  }

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** The first hundred, sorted by place; those of one place in the order in which they were found. */
  list(): readonly Issue[] {
    return this.#issues.toSorted((a, b) => a.line - b.line || a.column - b.column)
  }

  add(message: string, offset: number | undefined, exprId?: number): void {
    if (++this.#size <= issuesMax) this.#issues.push({ message, ...this.source.locate(offset), exprId })
  }

  addAt(message: string, exprId: number): void {
    this.add(message, this.source.offsets[exprId], exprId)
  }

  /** `ERROR: <input>:1:8: undefined field 'x'\n | object.x\n | .......^`, issues separated by line ends. */
  toString(): string {
    const texts = this.list().map((issue) => this.#print(issue))
    if (this.size > issuesMax) texts.push(`${this.size - issuesMax} more errors were truncated`)
    return texts.join('\n')
  }

  #print({ message, line, column }: Issue): string {
    const head = `ERROR: <input>:${line}:${column + 1}: ${message}`
    const text = this.source.lines()[line - 1]
    if (text === undefined || Buffer.byteLength(text) > snippetBytesMax) return head
    // Characters of several bytes are as wide as two in the usual fonts.
    const chars = Array.from(text.replaceAll('\t', ' '))
    const dots = chars.slice(0, column).map((char) => (isWide(char) ? '．' : '.'))
    const under = chars[column]
    return `${head}\n | ${chars.join('')}\n | ${dots.join('')}${under !== undefined && isWide(under) ? '＾' : '^'}`
  }
}

const isWide = (char: string) => char.codePointAt(0)! > 0x7f

function codePointCount(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++
  return count
}
