// A type as server-side apply sees it: a scalar, a list or a map (structs are maps with named fields), each merged whole (atomic) or by its
// parts. A type that may be several of them says so, and values decide. Source: structured-merge-diff schema.
import type { JsonObject, JsonValue } from '../json-value.ts'
import type { FieldSet } from './field-set.ts'

export interface TypeNode {
  readonly scalar?: 'string' | 'numeric' | 'boolean' | 'untyped'
  readonly list?: ListType
  readonly map?: MapType
}

export interface ListType {
  /** Merged whole. Otherwise elements are told apart by `keys`, or, without keys, by their value. */
  readonly atomic: boolean
  readonly keys: readonly string[]
  element(): TypeNode
}

export interface MapType {
  readonly atomic: boolean
  field(name: string): FieldType | undefined
  /** Type of members that are not fields; undefined: there are none. */
  element(): TypeNode | undefined
  /** Of structs: the set of all their fields. */
  readonly wholeSet?: StructSet
}

export interface FieldType {
  /** As paths name it: `f:spec`. */
  readonly pathElement?: string
  type(): TypeNode
  /** Value of an absent list key. */
  readonly default?: JsonValue
}

/** See whole.ts: it comes in as an argument, since it calls these in turn. */
export type Whole = (node: TypeNode, value: JsonValue) => FieldSet

/** @returns all fields of a struct, the struct included; undefined when it has others than those of its type */
export type StructSet = (value: JsonObject, whole: Whole) => FieldSet | undefined
