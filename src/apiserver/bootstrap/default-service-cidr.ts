// The ServiceCIDR `kubernetes`: the ranges that the server was started with. Source: pkg/controlplane/controller/defaultservicecidr.
import type { ServiceCIDR } from '../../api/networking/v1.ts'
import type { New } from '../../api/object.ts'
import { serviceCIDRs } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import { ensure } from './ensure.ts'

const head = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name: 'kubernetes' } }
const fieldManager = 'kubernetes-service-cidr-controller'
const ready = { type: 'Ready', status: 'True', message: 'Kubernetes default Service CIDR is ready' } as const

/** Creates it when absent, and says that it is ready. */
export async function defaultServiceCidr(client: Client, cidrs: readonly string[]): Promise<void> {
  await ensure(client, serviceCIDRs, { ...head, spec: { cidrs } } as New<ServiceCIDR>)
  const found = await client.get(serviceCIDRs, head.metadata)
  if (found.status?.conditions?.some(({ type, status }) => type === ready.type && status === ready.status)) return
  const conditions = [{ ...ready, lastTransitionTime: found.metadata.creationTimestamp }]
  await client.patch(
    serviceCIDRs,
    head.metadata,
    { type: 'apply', patch: { ...head, status: { conditions } }, force: true },
    { fieldManager, subresource: 'status' },
  )
}
