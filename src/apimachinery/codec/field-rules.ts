// How Go's encoder treats a field that is absent, null or empty: what `omitempty` and `omitzero` say, together with the field's Go type.
import type { SchemaField } from '../schema.ts'

/** What of a field's type matters. */
export interface ValueRules {
  /** null stays null: lists, maps, bytes. */
  readonly nullable: boolean
  /** `omitempty` can leave it out: everything but structs. */
  readonly omittable: boolean
}

export interface FieldRules {
  /** null stays null (or is left out): pointers, lists, maps, bytes. */
  readonly nullable: boolean
  readonly omitsNull: boolean
  /** Empty texts, lists and maps, 0 and false are left out. */
  readonly omitsEmpty: boolean
  /** Written also when absent. */
  readonly always: boolean
}

/**
 * Fields whose validation tells an empty value from an absent one, and refuses it: so the decoder hands it on, although an encoder would leave
 * it out.
 */
const emptyKept: ReadonlySet<string> = new Set(['io.k8s.api.core.v1.PersistentVolumeSpec.capacity', 'io.k8s.api.autoscaling.v2.HPAScalingRules.policies'])

export function fieldRules(typeName: string, { name, ptr, omit }: SchemaField, value: ValueRules): FieldRules {
  const nullable = value.nullable || ptr === true
  const kept = emptyKept.has(`${typeName}.${name}`)
  return {
    nullable,
    omitsNull: kept || (omit !== undefined && (nullable || omit === 'empty+zero')),
    omitsEmpty: !kept && omit !== undefined && !ptr && value.omittable,
    always: omit === undefined || !(nullable || value.omittable || omit === 'empty+zero'),
  }
}
