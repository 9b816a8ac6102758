// From stored objects to what is enforced. Pure: everything is digested together whenever anything changes.
// Source: k8s.io/apiserver pkg/util/flowcontrol/apf_controller.go (cfgMeal).
import type { FlowSchema, FlowSchemaCondition, PriorityLevelConfiguration } from '../../api/flowcontrol/v1.ts'
import type { New } from '../../api/object.ts'
import { catchAllName, exemptName, mandatoryFlowSchemas } from './bootstrap-objects.ts'
import type { QueueSetShape } from './queue-set.ts'
import { dealingError } from './shuffle-sharding.ts'

/** What a PriorityLevelConfiguration says, with defaults in place. */
export interface LevelSpec {
  readonly name: string
  readonly uid: string
  readonly shape: QueueSetShape
  readonly shares: number
  readonly lendablePercent: number
  /** undefined: the level may borrow all there is. */
  readonly borrowingLimitPercent: number | undefined
}

export interface SchemaSpec {
  readonly name: string
  readonly uid: string
  readonly level: string
  readonly distinguisher: 'ByUser' | 'ByNamespace' | undefined
  readonly rules: NonNullable<FlowSchema['spec']['rules']>
}

export interface StatusUpdate {
  readonly flowSchema: string
  readonly condition: Omit<FlowSchemaCondition, 'lastTransitionTime'>
}

export interface Digest {
  /** Of the objects that make sense; mandatory ones may be missing. */
  readonly levels: readonly LevelSpec[]
  /** Why other objects are ignored. */
  readonly brokenLevels: readonly { readonly name: string; readonly error: string }[]
  /** In the order in which they are tried; mandatory ones are always there. */
  readonly schemas: readonly SchemaSpec[]
  /** Conditions that do not say the truth yet. */
  readonly statusUpdates: readonly StatusUpdate[]
}

/** @returns the reason when the object contradicts itself */
export function levelSpecOf({ metadata, spec }: New<PriorityLevelConfiguration>): LevelSpec | string {
  const { type, limited, exempt } = spec ?? {}
  const name = metadata.name!
  if ((type === 'Limited') !== (limited !== undefined)) return 'broken union structure at the top, for Limited'
  if ((type === 'Exempt') !== (exempt !== undefined)) return 'broken union structure at the top, for Exempt'
  if ((type === 'Exempt') !== (name === exemptName)) return 'non-alignment between name and type'
  const shape = limited ? limitedShape(limited) : ({ kind: 'exempt' } as const)
  if (typeof shape === 'string') return shape
  return {
    name,
    uid: metadata.uid ?? '',
    shape,
    shares: limited ? (limited.nominalConcurrencyShares ?? 30) : (exempt?.nominalConcurrencyShares ?? 0),
    lendablePercent: (limited ?? exempt)?.lendablePercent ?? 0,
    borrowingLimitPercent: limited?.borrowingLimitPercent,
  }
}

function limitedShape({ limitResponse }: NonNullable<PriorityLevelConfiguration['spec']['limited']>): QueueSetShape | string {
  const { type, queuing } = limitResponse ?? {}
  if ((type === 'Reject') !== (queuing === undefined)) return 'broken union structure for limit response'
  if (!queuing) return { kind: 'reject' }
  const { queues = 64, handSize = 8, queueLengthLimit = 50 } = queuing
  return dealingError(queues, handSize) ?? { kind: 'queue', queues, handSize, queueLengthLimit }
}

const schemaSpecOf = ({ metadata, spec }: New<FlowSchema>): SchemaSpec => ({
  name: metadata.name!,
  uid: metadata.uid ?? '',
  level: spec.priorityLevelConfiguration?.name ?? '',
  distinguisher: spec.distinguisherMethod?.type as SchemaSpec['distinguisher'],
  rules: spec.rules ?? [],
})

/** By matchingPrecedence, then by name. */
const inOrder = (a: FlowSchema, b: FlowSchema) =>
  (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0) || (a.metadata.name! < b.metadata.name! ? -1 : 1)

export function digest(levelObjects: readonly PriorityLevelConfiguration[], schemaObjects: readonly FlowSchema[]): Digest {
  const levels = new Map<string, LevelSpec>()
  const brokenLevels: { name: string; error: string }[] = []
  for (const object of levelObjects) {
    const spec = levelSpecOf(object)
    if (typeof spec === 'string') brokenLevels.push({ name: object.metadata.name!, error: spec })
    else levels.set(spec.name, spec)
  }
  const usable = schemaObjects.filter(({ spec }) => levels.has(spec?.priorityLevelConfiguration?.name ?? '')).toSorted(inOrder)
  const [exempt, catchAll] = mandatoryFlowSchemas.map((object) => (usable.some(({ metadata }) => metadata.name === object.metadata.name) ? undefined : object))
  return {
    levels: [...levels.values()],
    brokenLevels,
    schemas: [exempt, ...usable, catchAll].filter((object) => object !== undefined).map(schemaSpecOf),
    statusUpdates: schemaObjects.flatMap((object) => statusUpdate(object, levels) ?? []),
  }
}

function statusUpdate({ metadata, spec, status }: FlowSchema, levels: ReadonlyMap<string, unknown>): StatusUpdate | undefined {
  const level = spec?.priorityLevelConfiguration?.name ?? ''
  const found = levels.has(level)
  const named = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`
  const condition = {
    type: 'Dangling',
    status: found ? 'False' : 'True',
    reason: found ? 'Found' : 'NotFound',
    message: found ? `${named} and it exists` : `${named} but there is no such object`,
  }
  const present = status?.conditions?.find(({ type }) => type === condition.type)
  if (present?.status === condition.status && present.reason === condition.reason && present.message === condition.message) return undefined
  return { flowSchema: metadata.name!, condition }
}

export const isMandatory = (name: string): boolean => name === exemptName || name === catchAllName
