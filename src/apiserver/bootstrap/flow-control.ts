// Keeps the flow schemas and priority levels that every cluster has as this version wants them. Mandatory ones always; suggested ones
// as long as their annotation says so, or, without it, as nobody has changed them. Those of other versions that are no longer
// suggested are removed.
// Source: pkg/registry/flowcontrol/rest/storage_flowcontrol.go, pkg/registry/flowcontrol/ensurer/{strategy,prioritylevelconfiguration}.go.
import type { PriorityLevelConfiguration } from '../../api/flowcontrol/v1.ts'
import type { KubeObject, New } from '../../api/object.ts'
import { flowSchemas, priorityLevelConfigurations, type ResourceType } from '../../api/resources.ts'
import { isAlreadyExists, isConflict, isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { exemptName, mandatoryFlowSchemas, mandatoryPriorityLevels, suggestedFlowSchemas, suggestedPriorityLevels } from '../flowcontrol/bootstrap-objects.ts'
import { isSame } from '../flowcontrol/same-spec.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'

const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec'
const fieldManager = 'api-priority-and-fairness-config-producer-v1'
const ensureEveryMs = 60_000

type Configuration = KubeObject & { readonly spec: unknown }

/** What becomes of one object. */
type Step<T> =
  | { readonly do: 'create'; readonly object: New<T> }
  | { readonly do: 'update'; readonly object: T }
  | { readonly do: 'delete'; readonly object: T }

/** Pure. @param have what is stored now */
export function planConfiguration<T extends Configuration>(mandatory: readonly New<T>[], suggested: readonly New<T>[], have: readonly T[]): readonly Step<T>[] {
  const byName = new Map(have.map((object) => [object.metadata.name, object]))
  const wanted = [...mandatory.map((object) => ({ object, always: true })), ...suggested.map((object) => ({ object, always: false }))]
  const steps = wanted.flatMap(({ object, always }): Step<T>[] => {
    const current = byName.get(object.metadata.name!)
    if (!current) return [{ do: 'create', object: annotated(object, true) }]
    const revised = revise(object, current, always)
    return revised ? [{ do: 'update', object: revised }] : []
  })
  const names = new Set(wanted.map(({ object }) => object.metadata.name))
  const unwanted = have.filter(({ metadata }) => !names.has(metadata.name) && annotationOf(metadata) === true)
  return [...steps, ...unwanted.map((object): Step<T> => ({ do: 'delete', object }))]
}

/** undefined: the object is as it should be. */
function revise<T extends Configuration>(want: New<T>, current: T, always: boolean): T | undefined {
  const annotation = annotationOf(current.metadata)
  const autoUpdate = always || (annotation ?? current.metadata.generation === 1)
  const specDiffers = autoUpdate && !isSame((want as unknown as Configuration).spec, comparableSpec(current))
  if (annotation === autoUpdate && !specDiffers) return undefined
  const object = specDiffers ? { ...current, spec: (want as unknown as Configuration).spec } : current
  return annotated(object, autoUpdate)
}

/** Administrators may choose what the exempt level lends. */
function comparableSpec({ metadata, spec }: Configuration): unknown {
  const { type, exempt } = (spec ?? {}) as Partial<PriorityLevelConfiguration['spec']>
  if (metadata.name !== exemptName || type !== 'Exempt' || !exempt) return spec
  return { ...(spec as object), exempt: mandatoryPriorityLevels.find((object) => object.metadata.name === exemptName)!.spec.exempt }
}

/** undefined: there is none, or it makes no sense. */
function annotationOf({ annotations = {} }: KubeObject['metadata']): boolean | undefined {
  const text = Object.hasOwn(annotations, autoUpdateAnnotation) ? annotations[autoUpdateAnnotation]!.toLowerCase() : ''
  return text === 'true' ? true : text === 'false' ? false : undefined
}

const annotated = <T extends { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }>(object: T, autoUpdate: boolean): T => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [autoUpdateAnnotation]: String(autoUpdate) } },
})

export class FlowControlProducer {
  readonly #client: Client
  readonly #clock: Clock
  readonly #logger: Logger
  readonly hook: PostStartHook = { name: 'priority-and-fairness-config-producer', run: (signal) => this.#ensure(signal) }

  constructor(client: Client, clock: Clock, logger: Logger) {
    this.#client = client
    this.#clock = clock
    this.#logger = logger
  }

  /** Looks again every minute, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(ensureEveryMs, signal).catch(() => {})
      if (signal.aborted) return
      await this.#ensure(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#logger.error('Flow schemas and priority levels could not be brought up to date', error)
      })
    }
  }

  async #ensure(signal: AbortSignal): Promise<void> {
    await this.#ensureAll(priorityLevelConfigurations, mandatoryPriorityLevels, suggestedPriorityLevels, signal)
    await this.#ensureAll(flowSchemas, mandatoryFlowSchemas, suggestedFlowSchemas, signal)
  }

  async #ensureAll<T extends Configuration>(
    resource: ResourceType<T>,
    mandatory: readonly New<T>[],
    suggested: readonly New<T>[],
    signal: AbortSignal,
  ): Promise<void> {
    const { items } = await this.#client.list(resource, { signal })
    for (const step of planConfiguration(mandatory, suggested, items)) {
      try {
        if (step.do === 'create') await this.#client.create(resource, step.object, { fieldManager, signal })
        else if (step.do === 'update') await this.#client.update(resource, step.object, { fieldManager, signal })
        else {
          const { name, uid, resourceVersion } = step.object.metadata
          await this.#client.delete(
            resource,
            { name: name! },
            { preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }, signal },
          )
        }
      } catch (error) {
        // Another server, or an administrator, was faster: the next look will tell.
        if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
      }
    }
  }
}
