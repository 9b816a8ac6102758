import type { AdmissionOperation, AdmissionPlugin, MutatingAttributes, ValidatingAttributes } from '../../admission/admission.ts'

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
type Mutators = readonly Required<Pick<AdmissionPlugin, 'admit'>>[]
type Validators = readonly Required<Pick<AdmissionPlugin, 'validate'>>[]

const perOperation = <T>(of: (operation: AdmissionOperation) => T) =>
  Object.fromEntries(operations.map((operation) => [operation, of(operation)])) as { readonly [O in AdmissionOperation]: T }

/** The plugins in their order, as one. Who takes part in an operation is known from the start. */
export class AdmissionChain {
  readonly #mutators: { readonly [O in AdmissionOperation]: Mutators }
  readonly #validators: { readonly [O in AdmissionOperation]: Validators }
  readonly #ready: () => Promise<void>
  /** Whether what the plugins read can be read: then nobody waits for it again. */
  #isReady = false

  /** @param ready resolves when what the plugins read can be read */
  constructor(plugins: readonly AdmissionPlugin[], ready: () => Promise<void> = () => Promise.resolve()) {
    this.#mutators = perOperation((operation) => plugins.filter((plugin) => plugin.admit && plugin.handles(operation)) as Mutators)
    this.#validators = perOperation((operation) => plugins.filter((plugin) => plugin.validate && plugin.handles(operation)) as Validators)
    this.#ready = ready
  }

  /** @throws {ApiError} of the first plugin that refuses */
  async admit(attributes: MutatingAttributes): Promise<void> {
    if (!this.#isReady) await this.#wait()
    for (const plugin of this.#mutators[attributes.operation]) {
      const answer = plugin.admit(attributes)
      if (answer) await answer
    }
  }

  /** @throws {ApiError} of the first plugin that refuses */
  async validate(attributes: ValidatingAttributes): Promise<void> {
    if (!this.#isReady) await this.#wait()
    for (const plugin of this.#validators[attributes.operation]) {
      const answer = plugin.validate(attributes)
      if (answer) await answer
    }
  }

  async #wait(): Promise<void> {
    await this.#ready()
    this.#isReady = true
  }
}
