import type { PersistentVolume, PersistentVolumeClaim } from '../../api/core/v1.ts'
import { keyOf } from '../../api/object.ts'
import { persistentVolumeClaims as claimResource, persistentVolumes as volumeResource, volumeAttributesClasses as classResource } from '../../api/resources.ts'
import { isNotFound } from '../../apimachinery/api-error.ts'
import type { ControllerContext } from '../framework/context.ts'
import { type Controller, controller, onChange } from '../framework/controller.ts'
import { done } from '../framework/result.ts'

const finalizer = 'kubernetes.io/vac-protection'

/** Classes that a claim has, had last or is on its way to. */
function classesOfClaim({ spec, status }: PersistentVolumeClaim): readonly string[] {
  const names = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName]
  return names.flatMap((name) => (name ? [name] : []))
}

const classesOfVolume = ({ spec }: PersistentVolume) => (spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [])

const byClass = 'volumeattributesclass'

/** Keeps a class that is being deleted while a volume or a claim names it. */
export function newVacProtectionController(context: ControllerContext): Controller {
  const { client, informers } = context
  const classes = informers.for(classResource)
  const claims = informers.for(claimResource)
  const volumes = informers.for(volumeResource)
  claims.addIndex(byClass, classesOfClaim)
  volumes.addIndex(byClass, classesOfVolume)
  const isUsed = (name: string) => [claims, volumes].some(({ lister }) => lister.byIndex(byClass, name).length > 0)

  return controller('volumeattributesclass-protection-controller', context, {
    watches: [onChange(classes, keyOf), onChange(claims, classesOfClaim), onChange(volumes, classesOfVolume)],
    async reconcile(key, signal) {
      const found = classes.lister.get(key)
      if (!found) return done
      const { finalizers = [], deletionTimestamp, name } = found.metadata
      const held = finalizers.includes(finalizer)
      const wanted = !deletionTimestamp || (held && isUsed(name))
      if (held === wanted) return done
      const next = wanted ? [...finalizers, finalizer] : finalizers.filter((each) => each !== finalizer)
      await client.update(classResource, { ...found, metadata: { ...found.metadata, finalizers: next } }, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return done
    },
  })
}
