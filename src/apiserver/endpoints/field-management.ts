// What the write endpoints need of server-side apply's field manager.
import type { JsonObject } from '../../apimachinery/json-value.ts'

export interface FieldUpdate {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly type: string
  readonly subresource: string
  /** undefined: the object is being created. In the version of the request. */
  readonly live: JsonObject | undefined
  readonly object: JsonObject
  readonly manager: string
  readonly nowMs: number
}

interface FieldApply extends Omit<FieldUpdate, 'object' | 'live'> {
  readonly live: JsonObject | undefined
  /** The applied configuration as sent. */
  readonly patch: JsonObject
  readonly force: boolean
  readonly namespace: string
  readonly name: string
}

export interface FieldManagement {
  /** @returns the object with its managed fields brought up to date; never refuses */
  update(request: FieldUpdate): JsonObject
  /** @returns the merged object. @throws {ApiError} 409 with FieldManagerConflict causes */
  apply(request: FieldApply): JsonObject
}
