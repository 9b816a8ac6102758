import { cloneJson } from '../../../apimachinery/json-equal.ts'
import type { JsonValue } from '../../../apimachinery/json-value.ts'

/** A copy of a part of a stored object, which may be changed. Other than structuredClone it knows integers beyond 2^53, and is quick. */
export const ownCopy = <T>(part: T): T => cloneJson(part as JsonValue) as T
