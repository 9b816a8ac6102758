// A claim grows only when it is bound and its class allows that. Source: plugin/pkg/admission/storage/persistentvolume/resize.
import type { PersistentVolumeClaim } from '../../../api/core/v1.ts'
import type { StorageClass } from '../../../api/storage/v1.ts'
import { parseQuantity } from '../../../apimachinery/quantity/quantity.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'

const sizeOf = ({ spec }: PersistentVolumeClaim) => parseQuantity(spec?.resources?.requests?.['storage'] ?? '0')
const classOf = ({ metadata, spec }: PersistentVolumeClaim) => metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? ''

export function newPersistentVolumeClaimResize(classes: Pick<StoreLister<StorageClass>, 'get'>): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    handles: (operation) => operation === 'UPDATE',
    validate(attributes) {
      if (!concerns(attributes, 'persistentvolumeclaims')) return
      const [claim, old] = [attributes.object as PersistentVolumeClaim, attributes.oldObject as PersistentVolumeClaim]
      if (sizeOf(claim).compare(sizeOf(old)) <= 0) return
      if (old.status?.phase !== 'Bound') throw refuse(attributes, 'Only bound persistent volume claims can be expanded')
      if (classOf(claim) === classOf(old) && classes.get(classOf(old))?.allowVolumeExpansion) return
      throw refuse(attributes, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize')
    },
  }
}
