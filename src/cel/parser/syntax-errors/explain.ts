import type { Issues } from '../issues.ts'
import type { Lexed } from '../lexer.ts'
import { Recognizer } from './recognizer.ts'

/** More errors than this are not looked for. Source: cel-go parser/parser.go (errorReportingLimit). */
const errorsMax = 100

/** Adds what upstream says of a text that cannot be parsed. Slow, compared with the parser; linear in the text all the same. */
export function explainSyntaxErrors(lexed: Lexed, depthMax: number, issues: Issues): void {
  const recognizer = new Recognizer(issues.source.text, lexed, depthMax)
  const lookedAt = recognizer.run()
  const lexical = lexed.errors
    .filter(({ start }) => start <= lookedAt)
    .map(({ text, start }) => ({ message: `Syntax error: token recognition error at: '${text}'`, start: start as number | undefined }))
  const syntactical = recognizer.errors.map(({ message, token }) => ({ message, start: token?.start }))
  const all = [...lexical, ...syntactical]
  for (const { message, start } of all.slice(0, errorsMax)) issues.add(message, start)
  if (all.length > errorsMax) issues.add(`Syntax error: More than ${errorsMax} syntax errors`, all[errorsMax]!.start)
}
