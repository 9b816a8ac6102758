import { keyOf } from '../../api/object.ts'
import { persistentVolumes as volumeResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done } from '../framework/result.ts'

const finalizer = 'kubernetes.io/pv-protection'

/** Keeps a volume that is being deleted while it is bound to a claim. */
export function newPvProtectionController(context: ControllerContext): Controller {
  const { client, informers } = context
  const volumes = informers.for(volumeResource)
  return controller('persistentvolume-protection-controller', context, {
    watches: [onChange(volumes, keyOf)],
    async reconcile(key, signal) {
      const volume = volumes.lister.get(key)
      if (!volume) return done
      const { finalizers = [], deletionTimestamp } = volume.metadata
      const held = finalizers.includes(finalizer)
      const wanted = !deletionTimestamp || (held && volume.status?.phase === 'Bound')
      if (held === wanted) return done
      const next = wanted ? [...finalizers, finalizer] : finalizers.filter((each) => each !== finalizer)
      await client.update(volumeResource, { ...volume, metadata: { ...volume.metadata, finalizers: next } }, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return done
    },
  })
}
