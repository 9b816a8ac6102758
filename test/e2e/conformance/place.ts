// Where the tests of one file run: one cluster, which takes most of the time of a short test.
import { afterAll, beforeAll, vi } from 'vitest'
import { type Namespace, Suite } from './suite.ts'

/** Set while the tests of the file run. */
export const place = {} as { suite: Suite; namespace: Namespace }

/** Most of a test is waiting for a node. @param prepare runs before the tests */
export function usePlace(prepare: () => Promise<void> = async () => {}): void {
  vi.setConfig({ maxConcurrency: 12 })
  beforeAll(async () => {
    place.suite = await Suite.start()
    place.namespace = await place.suite.newNamespace()
    await prepare()
  })
  afterAll(() => place.suite?.[Symbol.asyncDispose]())
}
