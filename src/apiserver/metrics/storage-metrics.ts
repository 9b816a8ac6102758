// What is stored. Source: k8s.io/apiserver pkg/storage/etcd3/metrics/metrics.go.
import { Exposition } from '../../component-base/metrics/exposition.ts'
import { type Storage, StorageUnavailableError } from '../../storage/storage.ts'

export interface StoredResource {
  readonly group: string
  readonly resource: string
  /** Objects in the watch cache; undefined: nobody has asked for them yet. */
  readonly count: number | undefined
}

/** Text exposition format. @param cluster names the store */
export async function storageMetrics(storage: Storage, cluster: string, resources: Iterable<StoredResource>): Promise<string> {
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
  const bytes = await bytesOf(storage)
  if (bytes !== undefined) out.gauge('apiserver_storage_size_bytes', 'Size of the store’s file in bytes.', [[{ storage_cluster_id: cluster }, bytes]])
  return out.toString()
}

/** undefined while the store is away: the other metrics are there all the same. */
async function bytesOf(storage: Storage): Promise<number | undefined> {
  try {
    return (await storage.status()).bytes
  } catch (error) {
    if (error instanceof StorageUnavailableError) return undefined
    throw error
  }
}
