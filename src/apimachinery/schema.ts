// The shape of the schema table: what codecs, defaulting, patches, apply and OpenAPI know of a type. The data is in src/api.
// What each key means: scripts/codegen/facts/README.md, "types.json".

export interface SchemaField {
  readonly name: string
  /** Protobuf field number; null: not in protobuf. */
  readonly number: number | null
  /** `string bool int32 int64 double bytes any` or the name of a type of the table. */
  readonly type: string
  readonly card: 'one' | 'list' | 'map'
  readonly optional: boolean
  readonly required?: boolean
  /** Absent: always written to JSON, also when zero. */
  readonly omit?: 'empty' | 'empty+zero'
  readonly ptr?: boolean
  /** JSON members are merged into the parent; protobuf keeps the message at `number`. */
  readonly inline?: boolean
  readonly go?: string
  readonly format?: string
  readonly listType?: 'map' | 'set' | 'atomic'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: 'atomic' | 'granular'
  readonly structType?: 'atomic' | 'granular'
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly union?: unknown
  readonly k8s?: readonly string[]
  readonly protoName?: string
  readonly jsonOmitted?: boolean
}

export interface SchemaType {
  readonly proto: string | null
  readonly gvk?: { readonly group: string; readonly version: string; readonly kind: string }
  readonly typeMeta?: boolean
  readonly json?: 'string' | 'int-or-string' | 'list' | 'raw' | 'oneOf' | 'none'
  readonly jsonItems?: string
  readonly jsonOneOf?: readonly string[]
  readonly rawType?: 'object' | 'any'
  readonly format?: string
  readonly nullable?: boolean
  readonly acceptsNumber?: boolean
  readonly structType?: 'atomic'
  readonly smd?: string
  readonly unions?: unknown
  readonly unversioned?: boolean
  readonly everyGroupVersion?: boolean
  readonly fields: readonly SchemaField[]
}

/** Type name (`io.k8s.api.core.v1.Pod`) -> facts. */
export type Schema = ReadonlyMap<string, SchemaType>
