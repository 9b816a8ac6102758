// Who may see into devices that others use: only claims in namespaces that say so.
// Source: pkg/registry/resource/resource_utils.go (AuthorizedForAdmin, AuthorizedForAdminStatus), KEP-5018.
import type { Namespace } from '../../../api/core/v1.ts'
import type { AllocationResult, DeviceClaim } from '../../../api/resource/v1.ts'
import { type FieldError, forbidden, internal } from '../../../apimachinery/field-errors.ts'
import type { StoreLister } from '../generic/store-lister.ts'

export type AdminNamespaces = Pick<StoreLister<Namespace>, 'get'>

const label = 'resource.kubernetes.io/admin-access'

function validateLabel(field: string, namespace: string, namespaces: AdminNamespaces): readonly FieldError[] {
  const found = namespaces.get(namespace)
  if (!found) return [internal(field, `could not retrieve namespace to verify admin access: namespaces "${namespace}" not found`)]
  if (found.metadata.labels?.[label] === 'true') return []
  return [forbidden(field, `admin access to devices requires the \`${label}: true\` label on the containing namespace`)]
}

/** The field has the same name for a template, as upstream. */
export function validateAdminAccess(devices: DeviceClaim | undefined, namespace: string | undefined, namespaces: AdminNamespaces): readonly FieldError[] {
  const index = (devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess)
  return index < 0 ? [] : validateLabel(`spec.devices.requests[${index}].adminAccess`, namespace ?? '', namespaces)
}

const adminResult = (allocation: AllocationResult | undefined) => (allocation?.devices?.results ?? []).findIndex(({ adminAccess }) => adminAccess)

/** What was granted once is not looked at again: an allocation does not change. */
export function validateAdminResult(
  allocation: AllocationResult | undefined,
  old: AllocationResult | undefined,
  namespace: string | undefined,
  namespaces: AdminNamespaces,
): readonly FieldError[] {
  const index = adminResult(allocation)
  if (index < 0 || adminResult(old) >= 0) return []
  return validateLabel(`status.allocation.devices.results[${index}].adminAccess`, namespace ?? '', namespaces)
}
