// The Endpoints of a Service go with it, at once: another Service of that name shall not begin with the addresses of this one.
// Source: pkg/registry/core/service/storage/storage.go (afterDelete).
import type { Service } from '../../../../api/core/v1.ts'
import type { KubeObject } from '../../../../api/object.ts'
import type { Logger } from '../../../../component-base/logger.ts'
import type { ResourceStore } from '../../generic/store.ts'

type Store = Pick<ResourceStore, 'keyOf' | 'read' | 'storage'>

/** The Service is gone already, so nobody hears of an error. Endpoints that finalizers hold are left to the endpoints controller. */
export function newStaleEndpoints(endpoints: () => Store, logger: Logger): (service: Service) => Promise<void> {
  return async ({ metadata: { namespace = '', name } }) => {
    const store = endpoints()
    try {
      const key = store.keyOf(namespace, name)
      for (let isChanged = true; isChanged;) {
        const found = await store.read(key)
        if (!found || (found.object() as unknown as KubeObject).metadata.finalizers?.length) return
        const result = await store.storage.delete(key, found.revision)
        isChanged = !result.ok && result.current !== undefined
      }
    } catch (error) {
      logger.error(`The Endpoints of the deleted Service ${namespace}/${name} could not be deleted`, error)
    }
  }
}
