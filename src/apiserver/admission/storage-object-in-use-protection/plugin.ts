// Volumes and claims stay as long as they are used: their controllers take these finalizers off.
// Source: plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go.
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, passesOthers } from '../refuse.ts'

const finalizers = {
  persistentvolumes: 'kubernetes.io/pv-protection',
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  'storage.k8s.io/volumeattributesclasses': 'kubernetes.io/vac-protection',
}

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: (operation) => operation === 'CREATE',
  inputs: passesOthers(...Object.keys(finalizers)),
  admit(attributes) {
    const found = Object.entries(finalizers).find(([id]) => concerns(attributes, id))
    if (!found || !attributes.object) return
    const list = (attributes.object.metadata.finalizers ??= [])
    if (!list.includes(found[1])) list.push(found[1])
  },
}
