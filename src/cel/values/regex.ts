// Regular expressions of users: RE2's syntax and its linear time, so that no pattern can block the process.
import { RE2JS, RE2JSException } from 're2js'
import { regexSize } from './regex-size.ts'
import { inTime } from './regex-time.ts'
import { CelError } from './value.ts'

/** Patterns of many objects of one policy are the same; 256 of them are more than a policy has. */
const patternsMax = 256
const patterns = new Map<string, RE2JS>()

/** See {@link regexSize}: compiled in a few tens of milliseconds. Patterns that people write have a size of some hundreds. */
const sizeMax = 20_000
/** @throws {CelError} with Go's message for a pattern that is none */
export function compileRegex(pattern: string): RE2JS {
  const known = patterns.get(pattern)
  if (known) return known
  if (regexSize(pattern) > sizeMax) throw new CelError('error parsing regexp: expression too large')
  try {
    const compiled = RE2JS.compile(pattern)
    if (patterns.size >= patternsMax) patterns.delete(patterns.keys().next().value!)
    patterns.set(pattern, compiled)
    return compiled
  } catch (error) {
    if (error instanceof RE2JSException) throw new CelError(error.message)
    throw error
  }
}

/** Whether the pattern occurs in the text. @throws {CelError} also when finding out takes too long */
export function matches(text: string, pattern: string): boolean {
  const regex = compileRegex(pattern)
  return inTime(regex, text, (watched) => regex.test(watched))
}
