import type { AdmissionAttributes, AdmissionPlugin, MutatingAttributes, ValidatingAttributes } from '../../admission/admission.ts'

/** The plugins in their order, as one. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[]
  readonly #ready: () => Promise<void>

  /** @param ready resolves when what the plugins read can be read */
  constructor(plugins: readonly AdmissionPlugin[], ready: () => Promise<void> = () => Promise.resolve()) {
    this.#plugins = plugins
    this.#ready = ready
  }

  /** @throws {ApiError} of the first plugin that refuses */
  async admit(attributes: MutatingAttributes): Promise<void> {
    await this.#ready()
    for (const plugin of this.#interested(attributes)) await plugin.admit?.(attributes)
  }

  /** @throws {ApiError} of the first plugin that refuses */
  async validate(attributes: ValidatingAttributes): Promise<void> {
    await this.#ready()
    for (const plugin of this.#interested(attributes)) await plugin.validate?.(attributes)
  }

  #interested({ operation }: AdmissionAttributes): readonly AdmissionPlugin[] {
    return this.#plugins.filter((plugin) => plugin.handles(operation))
  }
}
