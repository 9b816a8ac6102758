import type { HistogramCell } from '../../../component-base/metrics/registry.ts'
import type { Clock } from '../../../util/clock.ts'
import type { AdmissionOperation, AdmissionPlugin, Input, MutatingAttributes, ValidatingAttributes } from '../../admission/admission.ts'
import type { KubeObject } from '../../../api/object.ts'
import { commonScaleAccess, scaleGroupVersionKind, type ScaleView, scaleView } from './scale-view.ts'
import type { ScaleAccess } from './strategy.ts'
import type { AdmissionObserver } from '../../metrics/admission-metrics.ts'
import { Reinvocation } from '../../admission/reinvocation.ts'

const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
type Phase = 'admit' | 'validate'

/** How long something took, by whether it ended with a refusal. */
interface Cells {
  readonly passed: HistogramCell
  readonly rejected: HistogramCell
}

/** @param round of the request; validation has but one */
type Run<Attributes> = (attributes: Attributes, round: Reinvocation) => Promise<void> | void

interface Step<Attributes> {
  readonly cells: Cells | undefined
  readonly plugins: readonly { readonly run: Run<Attributes>; readonly cells: Cells | undefined }[]
}

const perOperation = <T>(of: (operation: AdmissionOperation) => T) =>
  Object.fromEntries(operations.map((operation) => [operation, of(operation)])) as { readonly [O in AdmissionOperation]: T }

export interface AdmissionChainOptions {
  /** Resolves when what the plugins read can be read. */
  readonly ready?: (() => Promise<void>) | undefined
  readonly clock: Pick<Clock, 'monotonic'>
  /** Without it nothing is measured. */
  readonly observer?: AdmissionObserver | undefined
  /** How a resource (`group/plural`, core: `pods`) keeps its replicas; left out: as Deployments do. */
  readonly scaleAccess?: (resource: string) => ScaleAccess<KubeObject> | undefined
}

/** The plugins in their order, as one. Who takes part in an operation is known from the start. */
export class AdmissionChain {
  readonly #mutators: { readonly [O in AdmissionOperation]: Step<MutatingAttributes> }
  readonly #validators: { readonly [O in AdmissionOperation]: Step<ValidatingAttributes> }
  readonly #creating: readonly AdmissionPlugin[]
  readonly #ready: () => Promise<void>
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #scaleAccess: (resource: string) => ScaleAccess<KubeObject> | undefined
  /** Whether what the plugins read can be read: then nobody waits for it again. */
  #isReady = false

  constructor(plugins: readonly AdmissionPlugin[], { ready = () => Promise.resolve(), clock, observer, scaleAccess = () => undefined }: AdmissionChainOptions) {
    const cellsOf = (make: (rejected: boolean) => HistogramCell) => observer && { passed: make(false), rejected: make(true) }
    const step = <A>(operation: AdmissionOperation, phase: Phase, run: (plugin: AdmissionPlugin) => Run<A> | undefined): Step<A> => ({
      cells: cellsOf((rejected) => observer!.step(operation, phase, rejected)),
      plugins: plugins.flatMap((plugin) => {
        const does = plugin.handles(operation) ? run(plugin) : undefined
        return does ? [{ run: does, cells: cellsOf((rejected) => observer!.plugin(plugin.name, operation, phase, rejected)) }] : []
      }),
    })
    this.#mutators = perOperation((operation) =>
      step(operation, 'admit', (plugin) => plugin.admit && ((attributes, round) => plugin.admit!(attributes, round))),
    )
    this.#validators = perOperation((operation) => step(operation, 'validate', (plugin) => plugin.validate && ((attributes) => plugin.validate!(attributes))))
    this.#creating = plugins.filter((plugin) => plugin.handles('CREATE'))
    this.#ready = ready
    this.#clock = clock
    this.#scaleAccess = scaleAccess
  }

  /** All of them, and once more when one asks for it. @throws {ApiError} of the first plugin that refuses */
  admit(attributes: MutatingAttributes): Promise<void> {
    return attributes.subresource === 'scale' ? this.#admitScale(attributes) : this.#mutate(attributes)
  }

  /** What all plugins together decide by (see {@link AdmissionPlugin.inputs}); undefined: one of them must be asked each time. */
  inputs(attributes: ValidatingAttributes): readonly Input[] | undefined {
    const all: Input[] = []
    for (const plugin of this.#creating) {
      const inputs = plugin.inputs?.(attributes)
      if (!inputs) return undefined
      all.push(...inputs)
    }
    return all
  }

  /** @throws {ApiError} of the first plugin that refuses */
  validate(attributes: ValidatingAttributes): Promise<void> {
    const { subresource, operation } = attributes
    return this.#run(this.#validators[operation], subresource === 'scale' ? this.#scaleAttributes(attributes) : attributes)
  }

  /** Who scales writes a Scale: that is what plugins see and change, and not the object behind it. */
  async #admitScale(attributes: MutatingAttributes): Promise<void> {
    const seen = this.#scaleAttributes(attributes)
    await this.#mutate(seen)
    const { object } = attributes
    if (object && seen.object) this.#accessOf(attributes).setReplicas(object, (seen.object as unknown as ScaleView).spec.replicas ?? 0)
  }

  #scaleAttributes<A extends ValidatingAttributes>(attributes: A): A & MutatingAttributes {
    const access = this.#accessOf(attributes)
    const view = (object: KubeObject | undefined) => object && scaleView(access, object)
    return { ...attributes, kind: scaleGroupVersionKind, object: view(attributes.object), oldObject: view(attributes.oldObject) }
  }

  #accessOf({ resource: { group, plural } }: ValidatingAttributes): ScaleAccess<KubeObject> {
    return this.#scaleAccess(group ? `${group}/${plural}` : plural) ?? commonScaleAccess
  }

  async #mutate(attributes: MutatingAttributes): Promise<void> {
    const round = new Reinvocation()
    do await this.#run(this.#mutators[attributes.operation], attributes, round)
    while (round.begin())
  }

  async #run<A>({ plugins, cells }: Step<A>, attributes: A, round = new Reinvocation()): Promise<void> {
    if (!this.#isReady) await this.#wait()
    const startedMs = this.#clock.monotonic()
    let fromMs = startedMs
    for (const plugin of plugins) {
      try {
        const answer = plugin.run(attributes, round)
        if (answer) await answer
      } catch (error) {
        const nowMs = this.#clock.monotonic()
        plugin.cells?.rejected.observe((nowMs - fromMs) / 1000)
        cells?.rejected.observe((nowMs - startedMs) / 1000)
        throw error
      }
      const nowMs = this.#clock.monotonic()
      plugin.cells?.passed.observe((nowMs - fromMs) / 1000)
      fromMs = nowMs
    }
    cells?.passed.observe((fromMs - startedMs) / 1000)
  }

  async #wait(): Promise<void> {
    await this.#ready()
    this.#isReady = true
  }
}
