// Errors of an expression's text, printed as cel-go does. Source: cel-go common/error.go, common/source.go.

/** The text of an expression, in code points, with the place of every node. */
export interface SourceText {
  readonly text: string
  /** Of a node: an offset in code points. */
  offsetOf(id: number): number | undefined
}

export interface Issue {
  readonly message: string
  /** From 1. */
  readonly line: number
  /** From 0, in code points. */
  readonly column: number
  /** The node it is about, if there is one. */
  readonly exprId?: number
}

export declare class Issues {
  readonly issues: readonly Issue[]
  /** `ERROR: <input>:1:8: undefined field 'x'\n | object.x\n | .......^`, issues separated by line ends. */
  toString(): string
}
