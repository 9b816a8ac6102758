// Kinds about the API itself.
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { more } from '../helpers.ts'
import { at, condition, items, text } from '../view.ts'

function available(object: JsonObject): string {
  const found = condition(object, 'Available')
  if (!found) return 'Unknown'
  const status = text(found, 'status')
  const reason = text(found, 'reason')
  return status === 'True' || !reason ? status : `${status} (${reason})`
}

function migrationStatus(object: JsonObject): string {
  const reached = items(object, 'status.conditions').filter((each) => each['status'] === 'True')
  return text(
    reached.findLast((each) => ['Running', 'Failed', 'Succeeded'].includes(text(each, 'type'))),
    'type',
    'Unknown',
  )
}

export const metaCells: Readonly<Record<string, KindCells>> = {
  'apiregistration.k8s.io/APIService': {
    Service: (object) => (at(object, 'spec.service') ? `${text(object, 'spec.service.namespace')}/${text(object, 'spec.service.name')}` : 'Local'),
    Available: available,
  },
  'internal.apiserver.k8s.io/StorageVersion': {
    CommonEncodingVersion: (object) => text(object, 'status.commonEncodingVersion', '<unset>'),
    StorageVersions: (object) =>
      more(
        items(object, 'status.storageVersions').map((each) => `${text(each, 'apiServerID')}=${text(each, 'encodingVersion')}`),
        3,
      ),
  },
  'storagemigration.k8s.io/StorageVersionMigration': {
    Resource: (object) => {
      const group = text(object, 'spec.resource.group')
      return `${text(object, 'spec.resource.resource')}${group ? `.${group}` : ''}`
    },
    Status: migrationStatus,
  },
}
