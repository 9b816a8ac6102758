// Work that must be done before the server is ready, each under a name that /readyz shows as `poststarthook/<name>`.
import type { Logger } from '../../component-base/logger.ts'
import type { HealthCheck } from './health-checks.ts'

export interface PostStartHook {
  readonly name: string
  /** Resolves when done. Rejecting ends the server: it will never be ready. */
  run(signal: AbortSignal): Promise<void>
}

export class PostStartHooks {
  readonly #hooks: readonly PostStartHook[]
  readonly #pending: Set<string>
  readonly #logger: Logger

  constructor(hooks: readonly PostStartHook[], logger: Logger) {
    this.#hooks = hooks
    this.#pending = new Set(hooks.map((h) => h.name))
    this.#logger = logger
  }

  get checks(): readonly HealthCheck[] {
    return this.#hooks.map(({ name }) => ({
      name: `poststarthook/${name}`,
      check: () => {
        if (this.#pending.has(name)) throw new Error('not finished')
      },
    }))
  }

  /** Resolves when all are done. @throws {Error} of the first that failed, unless `signal` has aborted */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.#hooks.map(async (hook) => {
        try {
          await hook.run(signal)
        } catch (cause) {
          if (signal.aborted) return
          throw new Error(`post-start hook ${hook.name} failed`, { cause })
        }
        this.#pending.delete(hook.name)
        this.#logger.debug('Post-start hook is done', { hook: hook.name })
      }),
    )
  }
}
