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

/** Values that are more than the text at a path, for every resource that has such a key. */
const computed: Readonly<Record<string, (object: JsonObject) => string>> = {
  'v1/events source': (object) => textAt(object, 'source.component') || textAt(object, 'reportingComponent'),
  'v1/nodes spec.unschedulable': (object) => textAt(object, 'spec.unschedulable') || 'false',
  'v1/pods spec.hostNetwork': (object) => textAt(object, 'spec.hostNetwork') || 'false',
  'v1/pods status.podIP': (object) => textAt(object, 'status.podIPs.0.ip'),
  'v1/pods status.podIPs': () => '',
  'v1/replicationcontrollers status.replicas': (object) => textAt(object, 'status.replicas') || '0',
  'batch/v1/jobs status.successful': (object) => textAt(object, 'status.succeeded') || '0',
}

function textAt(object: JsonObject, path: string): string {
  let value: JsonValue | undefined = object
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return ''
    value = (value as JsonObject)[part]
  }
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** Reads what selectors look at. @param id of the stored version */
export function traitsReader(id: string, strategy: Strategy | undefined): (object: JsonObject) => Traits {
  const keys = ownKeys(fieldFacts(id))
  const readers = keys.map((key) => {
    const special = computed[`${id} ${key}`]
    const plain = special ?? ((object: JsonObject) => textAt(object, key))
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
