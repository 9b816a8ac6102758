const pollMs = 100

/**
 * Polls until `check` returns without throwing, and returns what it returned.
 * @throws the last error when it still fails after `withinMs`
 */
export async function eventually<T>(check: () => T | Promise<T>, { withinMs = 30_000 }: { withinMs?: number } = {}): Promise<T> {
  const deadlineMs = performance.now() + withinMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadlineMs) throw error
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }
}
