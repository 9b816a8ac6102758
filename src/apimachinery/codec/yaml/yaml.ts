// YAML to JSON values, as `sigs.k8s.io/yaml` does it for kubectl and for apply patches.
import { constructFromEvents, type Event, parseEvents, YAMLException } from 'js-yaml'
import { isRaw, setMember } from '../../json-equal.ts'
import type { JsonObject, JsonValue } from '../../json-value.ts'
import { DecodeError } from '../codec.ts'
import { utf8 } from '../go-utf8.ts'
import { type ParsedJson, withDuplicates } from '../json-parse.ts'
import { duplicateKeys } from './duplicates.ts'
import { goYamlError } from './go-errors.ts'
import { asGoReads } from './go-nodes.ts'
import { kubernetesYaml } from './schema.ts'

/** Far beyond any manifest; the parser calls itself for each level. */
const depthMax = 500
/** Mentions of an anchor. Each may stand for a large value, so the values written out are counted, too. */
const aliasesMax = 10_000
const aliasedValuesMax = 1_000_000

/**
 * The first document.
 * @returns also what a strict decoder complains of, in its words: `line 7: key "k" already set in map`
 * @throws {DecodeError} `error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context`
 */
export function parseYaml(body: Uint8Array | string): ParsedJson {
  const text = typeof body === 'string' ? body : utf8(body)
  const first = firstDocument(text)
  const { documents, events } = parseFirst(first)
  return withDuplicates(documents[0] ?? null, () => duplicateKeys(first, events))
}

/**
 * What comes behind the first document is not looked at. A list or map in brackets, or a quoted text, ends where it is closed; one whose
 * first line is indented, at a line that is less so; any, at a line that tells the version of the next.
 */
function parseFirst(text: string): ReturnType<typeof parse> {
  try {
    return parse(text)
  } catch (error) {
    const { cause } = error as Error
    if (!(cause instanceof YAMLException) || !cause.mark || !/end of the stream or a document/.test(cause.reason)) throw error
    const { position } = cause.mark
    const endsThere = beginsInBrackets.test(text) || beginsIndented.test(text) || /^%YAML \d/.test(text.slice(position))
    if (!endsThere) throw error
    return parse(text.slice(0, position))
  }
}

const beginsInBrackets = /^\s*(?:---\s+)?[[{"']/
const beginsIndented = /^(?:[ \t]*(?:#.*)?\n)* +[^\s#]/

/** The rest is never looked at, be it a document or not. */
function firstDocument(text: string): string {
  const separator = /^(?:---|\.\.\.)(?=\s|$)/gm
  for (let match = separator.exec(text); match; match = separator.exec(text)) {
    if (/^[ \t]*[^\s#%]/m.test(text.slice(0, match.index))) return text.slice(0, match.index)
  }
  return text
}

/** All documents of a file, empty ones left out. @throws {DecodeError} */
export function parseYamlDocuments(body: Uint8Array | string): JsonValue[] {
  const text = typeof body === 'string' ? body : utf8(body)
  return parse(text).documents.filter((document) => document !== null)
}

function parse(text: string): { documents: JsonValue[]; events: Event[] } {
  try {
    const { events, source } = asGoReads(text, parseEvents(text, { maxDepth: depthMax }))
    // `json`: of duplicate keys the last wins; strict callers ask for them.
    const documents = constructFromEvents(events, { source, schema: kubernetesYaml, json: true, maxAliases: aliasesMax })
    const hasAliases = text.includes('*')
    return {
      documents: documents.map((document) => (hasAliases ? new Unshared().copy((document ?? null) as JsonValue) : ((document ?? null) as JsonValue))),
      events,
    }
  } catch (cause) {
    throw toDecodeError(text, cause)
  }
}

function toDecodeError(text: string, cause: unknown): unknown {
  if (cause instanceof DecodeError) return cause
  if (cause instanceof YAMLException) {
    return new DecodeError(`error converting YAML to JSON: yaml: ${goYamlError(text, cause.reason, cause.mark)}`, { cause })
  }
  return cause instanceof Error ? new DecodeError(`error converting YAML to JSON: ${cause.message}`, { cause }) : cause
}

/** Copies a value with aliases to a tree, within a budget: a small text can stand for a huge value, or for itself. */
class Unshared {
  #left = aliasedValuesMax
  readonly #above = new Set<JsonValue>()

  copy(value: JsonValue): JsonValue {
    if (--this.#left < 0) throw new DecodeError('error converting YAML to JSON: yaml: document contains excessive aliasing')
    if (typeof value !== 'object' || value === null || isRaw(value)) return value
    if (this.#above.has(value)) throw new DecodeError('error converting YAML to JSON: yaml: anchor value contains itself')
    this.#above.add(value)
    const result = Array.isArray(value) ? value.map((item) => this.copy(item)) : this.#object(value)
    this.#above.delete(value)
    return result
  }

  #object(value: JsonObject): JsonObject {
    const out: JsonObject = {}
    for (const [key, member] of Object.entries(value)) setMember(out, key, this.copy(member))
    return out
  }
}
