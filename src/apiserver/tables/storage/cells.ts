import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { KindCells } from '../cell.ts'
import { at, entry, flag, items, strings, text } from '../view.ts'

const defaultClassAnnotations = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

const isDefaultClass = (object: JsonObject) => defaultClassAnnotations.some((key) => entry(object, 'metadata.annotations', key) === 'true')

const tokenRequests = (object: JsonObject) =>
  at(object, 'spec.tokenRequests') === undefined
    ? '<unset>'
    : items(object, 'spec.tokenRequests')
        .map((each) => text(each, 'audience'))
        .join(',')

export const storageCells: Readonly<Record<string, KindCells>> = {
  'storage.k8s.io/CSIDriver': {
    AttachRequired: (object) => flag(object, 'spec.attachRequired', true),
    PodInfoOnMount: (object) => flag(object, 'spec.podInfoOnMount'),
    StorageCapacity: (object) => flag(object, 'spec.storageCapacity'),
    TokenRequests: tokenRequests,
    RequiresRepublish: (object) => flag(object, 'spec.requiresRepublish'),
    Modes: (object) => strings(object, 'spec.volumeLifecycleModes').join(',') || '<none>',
  },
  'storage.k8s.io/CSINode': { Drivers: (object) => items(object, 'spec.drivers').length },
  'storage.k8s.io/StorageClass': {
    Name: (object) => `${text(object, 'metadata.name')}${isDefaultClass(object) ? ' (default)' : ''}`,
    Provisioner: (object) => text(object, 'provisioner'),
    ReclaimPolicy: (object) => text(object, 'reclaimPolicy', 'Delete'),
    VolumeBindingMode: (object) => text(object, 'volumeBindingMode', 'Immediate'),
    AllowVolumeExpansion: (object) => flag(object, 'allowVolumeExpansion'),
  },
  'storage.k8s.io/VolumeAttachment': {
    Attacher: (object) => text(object, 'spec.attacher'),
    PV: (object) => text(object, 'spec.source.persistentVolumeName'),
    Node: (object) => text(object, 'spec.nodeName'),
    Attached: (object) => flag(object, 'status.attached'),
  },
  'storage.k8s.io/VolumeAttributesClass': { DriverName: (object) => text(object, 'driverName') },
}
