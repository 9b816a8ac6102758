// What is stored. Source: k8s.io/apiserver pkg/storage/etcd3/metrics/metrics.go.
import { Exposition } from '../../component-base/metrics/exposition.ts'
import type { Storage } from '../../storage/storage.ts'

export interface StoredResource {
  readonly group: string
  readonly resource: string
  /** Objects in the watch cache; undefined: nobody has asked for them yet. */
  readonly count: number | undefined
}

/** Text exposition format. */
export async function storageMetrics(storage: Storage, resources: Iterable<StoredResource>): Promise<string> {
  const out = new Exposition()
  const known = [...resources].flatMap(({ group, resource, count }) => (count === undefined ? [] : [{ group, resource, count }]))
  out.gauge(
    'apiserver_storage_objects',
    'Stored objects by kind (deprecated: apiserver_resource_objects).',
    known.map(({ group, resource, count }) => [{ resource: group ? `${resource}.${group}` : resource }, count]),
  )
  out.gauge(
    'apiserver_resource_objects',
    'Stored objects by kind.',
    known.map(({ group, resource, count }) => [{ group, resource }, count]),
  )
  out.gauge('apiserver_storage_size_bytes', 'Size of the store’s file in bytes.', [[{ storage_cluster_id: 'embedded' }, (await storage.status()).bytes]])
  return out.toString()
}
