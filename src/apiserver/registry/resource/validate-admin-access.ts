// Who may see into devices that others use: only claims in namespaces that say so.
// Source: pkg/registry/resource/resource_utils.go (AuthorizedForAdmin), KEP-5018.
import type { Namespace } from '../../../api/core/v1.ts'
import type { DeviceClaim } from '../../../api/resource/v1.ts'
import { type FieldError, forbidden, internal } from '../../../apimachinery/field-errors.ts'
import type { StoreLister } from '../generic/store-lister.ts'

export type AdminNamespaces = Pick<StoreLister<Namespace>, 'get'>

const label = 'resource.kubernetes.io/admin-access'

/** The field has the same name for a template, as upstream. */
export function validateAdminAccess(devices: DeviceClaim | undefined, namespace: string | undefined, namespaces: AdminNamespaces): readonly FieldError[] {
  const index = (devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess)
  if (index < 0) return []
  const field = `spec.devices.requests[${index}].adminAccess`
  const found = namespaces.get(namespace ?? '')
  if (!found) return [internal(field, `could not retrieve namespace ${namespace ?? ''}: namespaces "${namespace ?? ''}" not found`)]
  if (found.metadata.labels?.[label] === 'true') return []
  return [forbidden(field, `admin access to devices requires the \`${label}: true\` label on the containing namespace`)]
}
