// What the store does to every object before it is written, around the strategy's hooks.
// Source: k8s.io/apiserver pkg/registry/rest/{create,update,meta}.go.
import { randomUUID } from 'node:crypto'
import { badRequest } from '../../../apimachinery/api-error.ts'
import { type FieldError, newInvalid } from '../../../apimachinery/field-errors.ts'
import { isDns1123Subdomain, maskTrailingDash } from '../../../apimachinery/validation/names.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from '../../../apimachinery/validation/object-meta.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { formatTime } from '../../../util/clock.ts'
import type { Steps } from '../../../util/steps.ts'
import { setGeneration } from './generation.ts'
import { generateName } from './names.ts'
import type { RequestContext, Strategy } from './strategy.ts'

/** What of a resource matters here. */
export interface WrittenResource {
  readonly group: string
  readonly kind: string
  readonly namespaced: boolean
  /** Whether its objects carry a generation. */
  readonly counted: boolean
  /** Whether only the known finalizers may be unqualified; false for custom resources. */
  readonly knownFinalizersOnly: boolean
}

function setNamespace(resource: WrittenResource, { namespace }: RequestContext, { metadata }: Mutable<KubeObject>): void {
  if (!resource.namespaced) {
    delete metadata.namespace
    return
  }
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  metadata.namespace = namespace
}

function refuse(resource: WrittenResource, object: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw newInvalid(resource, object.metadata.name ?? '', errors)
}

const metaOptions = (resource: WrittenResource, strategy: Strategy) => ({
  namespaced: resource.namespaced,
  validateName: strategy.validateName?.bind(strategy) ?? ((name: string, prefix: boolean) => isDns1123Subdomain(prefix ? maskTrailingDash(name) : name)),
  knownFinalizersOnly: resource.knownFinalizersOnly,
})

/** What the server says of a new object, a generated name included. @throws {ApiError} 400 */
export function fillMetadata(resource: WrittenResource, context: RequestContext, object: Mutable<KubeObject>): void {
  const { metadata } = object
  setNamespace(resource, context, object)
  metadata.creationTimestamp = formatTime(context.clock.now())
  metadata.uid = randomUUID()
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.selfLink
  metadata.resourceVersion = ''
  if (metadata.generateName && !metadata.name) metadata.name = generateName(metadata.generateName)
  if (resource.counted) metadata.generation = 1
}

/** @param object its metadata are filled. @throws {ApiError} 422 */
export function* beforeCreate(resource: WrittenResource, strategy: Strategy, context: RequestContext, object: Mutable<KubeObject>): Steps<void> {
  const { metadata } = object
  strategy.prepareForCreate?.(context, object)
  refuse(resource, object, [
    ...validateObjectMeta(metadata, metaOptions(resource, strategy)),
    ...(strategy.validate?.(context, object) ?? []),
    ...(strategy.validateInSteps ? yield* strategy.validateInSteps(context, object, undefined) : []),
  ])
  for (const warning of strategy.warningsOnCreate?.(context, object) ?? []) context.warn(warning)
  strategy.canonicalize?.(object)
}

const changesOnly = ['changes'] as const

/** @throws {ApiError} 422, 400 */
export function* beforeUpdate(
  resource: WrittenResource,
  strategy: Strategy,
  context: RequestContext,
  object: Mutable<KubeObject>,
  old: KubeObject,
): Steps<void> {
  const { metadata } = object
  setNamespace(resource, context, object)
  metadata.creationTimestamp = old.metadata.creationTimestamp!
  metadata.uid ||= old.metadata.uid!
  if (old.metadata.generation === undefined) delete metadata.generation
  else metadata.generation = old.metadata.generation
  if (!metadata.deletionTimestamp && old.metadata.deletionTimestamp) metadata.deletionTimestamp = old.metadata.deletionTimestamp
  if (metadata.deletionGracePeriodSeconds === undefined && old.metadata.deletionGracePeriodSeconds !== undefined) {
    metadata.deletionGracePeriodSeconds = old.metadata.deletionGracePeriodSeconds
  }
  delete metadata.selfLink
  strategy.prepareForUpdate?.(context, object, old)
  if (resource.counted) setGeneration(object, old, strategy.wanted)
  const { knownFinalizersOnly } = resource
  refuse(resource, object, [
    ...validateObjectMeta(metadata, { ...metaOptions(resource, strategy), validateName: () => [], knownFinalizersOnly: false }),
    ...validateObjectMetaUpdate(metadata, old.metadata, { knownFinalizersOnly: false }),
    ...(strategy.metadataChecksOnUpdate ?? changesOnly).flatMap((check) =>
      check === 'whole'
        ? validateObjectMeta(metadata, metaOptions(resource, strategy))
        : validateObjectMetaUpdate(metadata, old.metadata, { knownFinalizersOnly }),
    ),
    ...(strategy.validateUpdate?.(context, object, old) ?? []),
    ...(strategy.validateInSteps ? yield* strategy.validateInSteps(context, object, old) : []),
  ])
  for (const warning of strategy.warningsOnUpdate?.(context, object, old) ?? []) context.warn(warning)
  strategy.canonicalize?.(object)
}
