// Joins the write endpoints to the field manager.
import { apiVersionOf } from '../registry/generic/stored-resource.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import { type ResourceFacts, resourceFacts } from '../../api/resource-facts.ts'
import { schema } from '../../api/schema.ts'
import type { Codec } from '../../apimachinery/codec/codec.ts'
import { cloneJson } from '../../apimachinery/json-equal.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import { type FieldManager, newFieldManager } from '../../apimachinery/managedfields/field-manager.ts'
import type { FieldManagement, FieldUpdate } from '../endpoints/field-management.ts'
import type { Conversions } from '../registry/generic/conversions.ts'
import type { Strategy } from '../registry/generic/strategy.ts'

/** @param conversions of kinds that are served in several versions of a group */
export function newFieldManagement(codec: Codec, conversions: Conversions, strategies: ReadonlyMap<string, Strategy>): FieldManagement {
  const manager: FieldManager = newFieldManager(schema, { convert: (object, apiVersion) => inVersion(codec, conversions, object, apiVersion) })
  return {
    update: (request) => manager.update({ ...common(request, strategies), live: request.live, updated: request.object }),
    apply: (request) => manager.apply({ ...common(request, strategies), live: request.live, applied: request.patch, force: request.force, kind: request.kind }),
  }
}

/** `apiVersion/kind` -> facts. */
const byKind: ReadonlyMap<string, ResourceFacts> = new Map([...resourceFacts.values()].map((facts) => [`${apiVersionOf(facts)}/${facts.kind}`, facts]))

/** undefined when the kind is not served so, or only in another group: there is no way from group to group here, as upstream. */
function inVersion(codec: Codec, conversions: Conversions, object: JsonObject, apiVersion: string): { object: JsonObject; typeName: string } | undefined {
  const { kind, apiVersion: own } = object as unknown as KubeObject
  const from = byKind.get(`${own}/${kind}`)
  const to = byKind.get(`${apiVersion}/${kind}`)
  if (!from || to?.group !== from.group) return undefined
  if (to === from) return { object, typeName: to.type }
  const away = conversions.get(`${apiVersionOf(from)}/${from.plural}`)
  const back = conversions.get(`${apiVersion}/${to.plural}`)
  // Parts may have been taken from the object: conversions find every struct, if empty, as upstream's do.
  const whole = codec.canonical(from.type, object)
  const stored = (away ? away.toStored(cloneJson(whole) as unknown as Mutable<KubeObject>) : whole) as KubeObject
  const converted = (back ? back.fromStored(stored) : stored) as unknown as JsonObject
  return { object: codec.canonical(to.type, converted), typeName: to.type }
}

function common(
  { group, version, plural, type, subresource, manager, nowMs }: Omit<FieldUpdate, 'object' | 'live'>,
  strategies: ReadonlyMap<string, Strategy>,
) {
  const apiVersion = apiVersionOf({ group, version })
  const strategy = strategies.get(group ? `${group}/${plural}` : plural)
  const own = subresource ? strategy?.subresources?.[subresource] : strategy
  const hasStatus = resourceFacts.get(`${apiVersion}/${plural}`)?.subresources?.['status'] !== undefined
  const resetFields = own?.resetFields ?? (hasStatus ? resetByDefault[subresource] : undefined)
  return { typeName: type, apiVersion, subresource, manager, nowMs, resetFields, writtenFields: own?.writtenFields }
}

/** What strategies of kinds with a status undo: writes to the object leave the status, and the reverse. */
const resetByDefault: Readonly<Record<string, readonly (readonly string[])[]>> = { '': [['status']], status: [['spec']] }
