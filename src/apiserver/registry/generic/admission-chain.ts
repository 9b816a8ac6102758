import type { AdmissionAttributes, AdmissionPlugin, MutatingAttributes, ValidatingAttributes } from '../../admission/admission.ts'

/** The plugins in their order, as one. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[]

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins
  }

  /** @throws {ApiError} of the first plugin that refuses */
  async admit(attributes: MutatingAttributes): Promise<void> {
    for (const plugin of this.#interested(attributes)) await plugin.admit?.(attributes)
  }

  /** @throws {ApiError} of the first plugin that refuses */
  async validate(attributes: ValidatingAttributes): Promise<void> {
    for (const plugin of this.#interested(attributes)) await plugin.validate?.(attributes)
  }

  #interested({ operation }: AdmissionAttributes): readonly AdmissionPlugin[] {
    return this.#plugins.filter((plugin) => plugin.handles(operation))
  }
}
