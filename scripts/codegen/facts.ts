// Reads the project's own fact files (scripts/codegen/facts; README.md there says where each fact comes from).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface FactField {
  name: string
  number: number | null
  type: string
  card: 'one' | 'list' | 'map'
  optional: boolean
  inline?: boolean
  ptr?: boolean
  omit?: string
  enum?: string[]
  go?: string
  jsonOmitted?: boolean
}

export interface FactType {
  proto: string | null
  gvk?: { group: string; version: string; kind: string }
  typeMeta?: boolean
  json?: 'string' | 'int-or-string' | 'list' | 'raw' | 'oneOf' | 'none'
  jsonItems?: string
  rawType?: string
  fields: FactField[]
}

export interface FactResource {
  group: string
  version: string
  kind: string
  namespaced: boolean
  enabledByDefault: boolean
  aggregated?: boolean
  type: string
  listType?: string
  operations: string[][]
  source?: unknown
  lifecycle?: unknown
  subresources: Record<string, { type: string }>
}

const folder = join(import.meta.dirname, 'facts')

/** One fact file; entries whose key begins with `_` are about the file itself. */
export function readFacts<T>(name: string): { entries: Map<string, T>; meta: Record<string, unknown> } {
  const all = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>
  const entries = new Map<string, T>()
  const meta: Record<string, unknown> = Object.create(null)
  for (const [key, value] of Object.entries(all)) {
    if (key.startsWith('_')) meta[key] = value
    else entries.set(key, value as T)
  }
  return { entries, meta }
}
