// Field selectors of a resource: which keys requests may use, and what an object's value for each is.
// The keys come from the fact table; a strategy may say what a value is where it is more than the text at its path.
import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'
import facts from '../../../api/generated/field-selectors.ts'
import type { KubeObject } from '../../../api/object.ts'
import { noLabels, type Traits } from '../../cacher/entry.ts'
import type { Strategy } from './strategy.ts'

interface FieldFacts {
  readonly kind: string
  readonly keys: readonly string[]
  readonly aliases?: Readonly<Record<string, string>>
  /** Keys of this version -> keys of the stored one. */
  readonly mapsTo?: Readonly<Record<string, string>>
  /** Only the keys that every resource has. */
  readonly default?: boolean
}

const metadataKeys = ['metadata.name', 'metadata.namespace']
const fallback: FieldFacts = { kind: '', keys: metadataKeys, default: true }

/** @param id `group/version/plural`, `v1/pods` */
export const fieldFacts = (id: string): FieldFacts => (Object.hasOwn(facts, id) ? (facts[id] as FieldFacts) : fallback)

/** Keys beyond those of metadata, in table order. */
export const ownKeys = ({ keys }: FieldFacts) => keys.filter((key) => !metadataKeys.includes(key))

/** Where the value of a key stands in an object's {@link Traits.fields}. @param id as of {@link fieldFacts} */
export function fieldPosition(id: string, key: string): number {
  const at = ownKeys(fieldFacts(id)).indexOf(key)
  if (at < 0) throw new Error(`${id} has no field selector ${key}`)
  return at
}

type TextOf = (object: JsonObject) => string

/** @param path of names, and indexes of lists, with dots between them. @returns what is there, as text; empty: nothing, or no scalar */
function textAt(path: string): TextOf {
  const parts = path.split('.')
  return (object) => {
    let value: JsonValue | undefined = object
    for (const part of parts) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return ''
      value = (value as JsonObject)[part]
    }
    return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
  }
}

const firstOf =
  (first: TextOf, second: TextOf): TextOf =>
  (object) =>
    first(object) || second(object)

/** Values that are more than the text at a path, for every resource that has such a key. */
const computed: Readonly<Record<string, TextOf>> = {
  'v1/events source': firstOf(textAt('source.component'), textAt('reportingComponent')),
  'v1/nodes spec.unschedulable': firstOf(textAt('spec.unschedulable'), () => 'false'),
  'v1/pods spec.hostNetwork': firstOf(textAt('spec.hostNetwork'), () => 'false'),
  'v1/pods status.podIP': textAt('status.podIPs.0.ip'),
  'v1/pods status.podIPs': () => '',
  'v1/replicationcontrollers status.replicas': firstOf(textAt('status.replicas'), () => '0'),
  'batch/v1/jobs status.successful': firstOf(textAt('status.succeeded'), () => '0'),
}

/** Reads what selectors look at. @param id of the stored version */
export function traitsReader(id: string, strategy: Strategy | undefined): (object: JsonObject) => Traits {
  const keys = ownKeys(fieldFacts(id))
  const readers = keys.map((key) => {
    const plain = computed[`${id} ${key}`] ?? textAt(key)
    return (object: JsonObject) => strategy?.fieldValue?.(object as unknown as KubeObject, key) ?? plain(object)
  })
  return (object) => {
    const metadata = object['metadata'] as { name?: string; namespace?: string; labels?: Readonly<Record<string, string>> }
    return {
      name: metadata.name ?? '',
      namespace: metadata.namespace ?? '',
      labels: metadata.labels ?? noLabels,
      fields: readers.length > 0 ? readers.map((read) => read(object)) : undefined,
    }
  }
}
