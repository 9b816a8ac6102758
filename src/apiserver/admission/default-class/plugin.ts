// Claims and ingresses that name no class get the default one. Source: plugin/pkg/admission/storage/storageclass/setdefault,
// plugin/pkg/admission/network/defaultingressclass.
import type { PersistentVolumeClaim } from '../../../api/core/v1.ts'
import type { Ingress, IngressClass } from '../../../api/networking/v1.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { StorageClass } from '../../../api/storage/v1.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, passesOthers } from '../refuse.ts'

/** Of several defaults the newest counts, then the first by name. */
function defaultOf<T extends KubeObject>(classes: readonly T[], ...annotations: readonly string[]): T | undefined {
  const isDefault = ({ metadata }: T) => annotations.some((key) => metadata.annotations?.[key] === 'true')
  const age = ({ metadata }: T) => metadata.creationTimestamp ?? ''
  return classes.filter(isDefault).toSorted((a, b) => (age(a) === age(b) ? (a.metadata.name < b.metadata.name ? -1 : 1) : age(a) < age(b) ? 1 : -1))[0]
}

export function newDefaultStorageClass(classes: Pick<StoreLister<StorageClass>, 'all'>): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: (operation) => operation === 'CREATE',
    inputs: passesOthers('persistentvolumeclaims'),
    admit(attributes) {
      if (!concerns(attributes, 'persistentvolumeclaims')) return
      const { metadata, spec } = attributes.object as Mutable<PersistentVolumeClaim>
      // The empty class is a choice: no class.
      if (!spec || spec.storageClassName !== undefined || metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return
      const found = defaultOf(classes.all(), 'storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class')
      if (found) spec.storageClassName = found.metadata.name
    },
  }
}

export function newDefaultIngressClass(classes: Pick<StoreLister<IngressClass>, 'all'>): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: (operation) => operation === 'CREATE',
    inputs: passesOthers('networking.k8s.io/ingresses'),
    admit(attributes) {
      if (!concerns(attributes, 'networking.k8s.io/ingresses')) return
      const ingress = attributes.object as Mutable<Ingress>
      if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return
      const found = defaultOf(classes.all(), 'ingressclass.kubernetes.io/is-default-class')
      if (found) (ingress.spec ??= {}).ingressClassName = found.metadata.name
    },
  }
}
