import type { Issues } from '../issues.ts'
import type { Lexed } from '../lexer.ts'

export function explainSyntaxErrors(lexed: Lexed, _depthMax: number, issues: Issues): void {
  issues.add('Syntax error', lexed.errors[0]?.start ?? 0)
}
