/**
 * Calls `fn` `count` times in batches of 1, 2, 4, ... at once, and stops after a batch with a failure: a quota that refuses the
 * first of a thousand pods is asked once, not a thousand times. Source: slowStartBatch of pkg/controller/replicaset.
 * @returns how many succeeded, and the first error
 */
export async function slowStart(count: number, fn: () => Promise<unknown>): Promise<{ readonly succeeded: number; readonly error?: Error }> {
  let succeeded = 0
  for (let batch = 1; succeeded < count; batch *= 2) {
    const results = await Promise.allSettled(Array.from({ length: Math.min(batch, count - succeeded) }, () => fn()))
    succeeded += results.filter((result) => result.status === 'fulfilled').length
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) return { succeeded, error: failed.reason as Error }
  }
  return { succeeded }
}
