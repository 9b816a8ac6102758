// Ownership that a real API server 1.36.2 recorded for objects of most kinds: the same objects and requests must give the same
// managedFields, and the same conflicts. Times are left out: the samples have none.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { schema } from '../../../src/api/schema.ts'
import { ApiError } from '../../../src/apimachinery/api-error.ts'
import type { JsonObject } from '../../../src/apimachinery/json-value.ts'
import { type ApplyRequest, newFieldManager, type UpdateRequest } from '../../../src/apimachinery/managedfields/field-manager.ts'

interface Sample {
  readonly name: string
  readonly update?: Omit<UpdateRequest, 'nowMs'>
  readonly apply?: Omit<ApplyRequest, 'nowMs'>
  /** Entries, or the message and the details of a refusal. */
  readonly want: unknown
}

const samples = JSON.parse(readFileSync(new URL('managed-fields.samples.json', import.meta.url), 'utf8')) as readonly Sample[]
const manager = newFieldManager(schema)

function entries(object: JsonObject): unknown {
  const { managedFields = [] } = object['metadata'] as { managedFields?: { time?: string }[] }
  return managedFields.map((entry) => {
    const { time: _, ...rest } = entry
    return rest
  })
}

function answer({ update, apply }: Sample): unknown {
  try {
    if (apply) return entries(manager.apply({ ...apply, nowMs: 0 }))
    return entries(manager.update({ ...update!, live: update!.live, nowMs: 0 }))
  } catch (error) {
    if (error instanceof ApiError) return [error.message, error.details ?? null]
    throw error
  }
}

test.each(samples)('$name', (sample) => {
  const given = structuredClone(sample)
  // Key order counts in entries, as clients compare them as text.
  expect(JSON.stringify(answer(sample))).toBe(JSON.stringify(sample.want))
  expect(sample).toEqual(given)
})
