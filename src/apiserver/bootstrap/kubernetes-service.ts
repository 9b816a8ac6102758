// The Service `kubernetes` in `default`, through which pods reach the API server, and what stands behind it.
// Source: pkg/controlplane/controller/kubernetesservice/controller.go.
import type { Endpoints, Service } from '../../api/core/v1.ts'
import type { EndpointSlice } from '../../api/discovery/v1.ts'
import type { KubeObject, New } from '../../api/object.ts'
import { endpoints, endpointSlices, type ResourceType, services } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import { defaultServiceCidr } from './default-service-cidr.ts'

const name = { namespace: 'default', name: 'kubernetes' }
const labels = { component: 'apiserver', provider: 'kubernetes' }

const isLoopback = (host: string) => host.startsWith('127.') || host === '::1' || host === 'localhost'

interface Advertised {
  /** First address of the Service range. */
  readonly clusterIP: string
  /** The ranges of Service addresses. */
  readonly serviceCidrs: readonly string[]
  readonly host: string
  readonly port: number
}

/** Creates the object, or replaces the part that `isCurrent` finds wrong. */
async function reconcile<T extends KubeObject>(client: Client, resource: ResourceType<T>, wanted: New<T>, isCurrent: (found: T) => boolean): Promise<void> {
  try {
    const found = await client.get(resource, name)
    if (isCurrent(found)) return
    await client.update(resource, { ...found, ...wanted, metadata: found.metadata } as T)
  } catch (error) {
    if (!isNotFound(error)) throw error
    await client.create(resource, wanted)
  }
}

export function kubernetesService(client: Client, { clusterIP, serviceCidrs, host, port }: Advertised, namespacesExist: Promise<void>): PostStartHook {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...name, labels },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
      type: 'ClusterIP',
      sessionAffinity: 'None',
    },
  } as New<Service>
  const classic = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...name, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: host }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  } as New<Endpoints>
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...name, labels: { 'kubernetes.io/service-name': name.name } },
    addressType: host.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [host], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  } as New<EndpointSlice>
  return {
    name: 'bootstrap-controller',
    async run() {
      await namespacesExist
      await defaultServiceCidr(client, serviceCidrs)
      await reconcile(client, services, service, (found) => found.spec.clusterIP === clusterIP && found.spec.ports?.[0]?.targetPort === port)
      // An address that only this machine reaches is no endpoint: validation refuses it.
      if (isLoopback(host)) return
      await reconcile(client, endpoints, classic, ({ subsets }) => subsets?.[0]?.addresses?.[0]?.ip === host && subsets[0].ports?.[0]?.port === port)
      await reconcile(client, endpointSlices, slice, (found) => found.endpoints?.[0]?.addresses[0] === host && found.ports?.[0]?.port === port)
    },
  }
}
