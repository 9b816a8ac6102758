// Joins the write endpoints to the field manager.
import { resourceFacts } from '../api/resource-facts.ts'
import { schema } from '../api/schema.ts'
import { type FieldManager, newFieldManager } from '../apimachinery/managedfields/field-manager.ts'
import type { FieldManagement, FieldUpdate } from './endpoints/field-management.ts'

export function newFieldManagement(): FieldManagement {
  const manager: FieldManager = newFieldManager(schema)
  return {
    update: (request) => manager.update({ ...common(request), live: request.live, updated: request.object }),
    apply: (request) => manager.apply({ ...common(request), live: request.live, applied: request.patch, force: request.force, kind: request.kind }),
  }
}

function common({ group, version, plural, type, subresource, manager, nowMs }: Omit<FieldUpdate, 'object' | 'live'>) {
  const apiVersion = group ? `${group}/${version}` : version
  const hasStatus = resourceFacts.get(`${apiVersion}/${plural}`)?.subresources?.['status'] !== undefined
  return { typeName: type, apiVersion, subresource, manager, nowMs, resetFields: hasStatus ? resetFields(subresource, plural) : undefined }
}

/** What the strategies of a kind with a status subresource undo: writes to the object leave the status, and the reverse. */
function resetFields(subresource: string, plural: string): readonly (readonly string[])[] | undefined {
  if (subresource === '') return [['status']]
  if (subresource !== 'status') return undefined
  return plural === 'deployments' ? [['spec'], ['metadata', 'labels']] : [['spec']]
}
