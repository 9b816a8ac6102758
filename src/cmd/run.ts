// Runs components side by side until the process is told to stop, or one of them cannot go on.
import type { Component } from '../component-base/component.ts'
import type { Logger } from '../component-base/logger.ts'

/** An AbortSignal that SIGTERM and SIGINT abort; the second one ends the process at once. */
export function terminationSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1)
      controller.abort(new Error(`received ${name}`))
    })
  }
  return controller.signal
}

/**
 * Resolves when all have ended after `signal` aborted. When one fails, the others are stopped too: half a process is worse
 * than a restart.
 * @throws what the failed component threw
 */
export async function runComponents(components: readonly Component[], signal: AbortSignal, logger: Logger): Promise<void> {
  const failure = new AbortController()
  const until = AbortSignal.any([signal, failure.signal])
  const results = await Promise.allSettled(
    components.map(async (component) => {
      try {
        await component.run(until)
        if (!until.aborted) throw new Error(`${component.name} ended by itself`)
      } catch (error) {
        if (signal.aborted) return logger.debug('A component ended while stopping', { component: component.name, error: String(error) })
        logger.error('A component failed', error, { component: component.name })
        failure.abort(error)
        throw error
      }
    }),
  )
  const failed = results.find((r) => r.status === 'rejected')
  if (failed) throw failed.reason
}
