import type { EndpointSlice } from '../../api/discovery/v1.ts'
import type { New } from '../../api/object.ts'
import { endpointSlices } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import { ignoringEndingNamespace } from './ending-namespace.ts'
import type { Expectations } from './expectations.ts'

/** What a maker of EndpointSlices has decided to do. */
export interface SlicePlan {
  readonly create: readonly New<EndpointSlice>[]
  readonly update: readonly EndpointSlice[]
  readonly remove: readonly EndpointSlice[]
}

export interface SliceWriter {
  readonly client: Client
  readonly expectations: Expectations
}

/**
 * Carries out a plan. Creations are expected under `key` until the cache shows them.
 * @throws what the API server answers, but for slices that are gone already and namespaces that are ending
 */
export async function writeSlices(
  { client, expectations }: SliceWriter,
  key: string,
  { create, update, remove }: SlicePlan,
  signal: AbortSignal,
): Promise<void> {
  for (const slice of create) {
    expectations.expectCreations(key, 1)
    try {
      const created = await ignoringEndingNamespace(client.create(endpointSlices, slice, { signal }))
      if (!created) expectations.creationSeen(key)
    } catch (error) {
      expectations.creationSeen(key)
      throw error
    }
  }
  for (const slice of update) await client.update(endpointSlices, slice, { signal })
  for (const { metadata } of remove) {
    await client.delete(endpointSlices, metadata, { preconditions: { uid: metadata.uid }, signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}
