// IPAddresses of cluster IPs: the API server makes them, others only look at them. Source: k8s.io/api networking/v1 well_known_labels.go.
import type { IPAddress } from './v1.ts'

export const familyLabel = 'ipaddress.kubernetes.io/ip-family'
export const managedByLabel = 'ipaddress.kubernetes.io/managed-by'
/** The value of {@link managedByLabel}. */
export const allocatorName = 'ipallocator.k8s.io'

/** Whether the API server has made it for a Service. */
export const isAllocated = ({ metadata }: IPAddress): boolean => metadata.labels?.[managedByLabel] === allocatorName
