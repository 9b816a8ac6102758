// Images are pulled for every container, so that nobody runs one that others fetched with their credentials.
// Source: plugin/pkg/admission/alwayspullimages/admission.go.
import { allContainers, containerLists, containersIn } from '../../../api/core/pod-containers.ts'
import type { Container, Pod, Volume } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { fieldErrorMessage, notSupported } from '../../../apimachinery/field-errors.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { refuse, several } from '../refuse.ts'

const imagesOf = ({ spec }: Pod) => [...allContainers(spec).map(({ image }) => image), ...(spec.volumes ?? []).map(({ image }) => image?.reference)]

/** Pods, and updates of them that bring a new image. */
function matters({ resource, subresource, operation, object, oldObject }: ValidatingAttributes): boolean {
  if (resource.group !== '' || resource.plural !== 'pods' || (subresource && subresource !== 'ephemeralcontainers')) return false
  if (operation !== 'UPDATE') return true
  const before = new Set(imagesOf(oldObject as Pod))
  return imagesOf(object as Pod).some((image) => !before.has(image))
}

export const alwaysPullImages: AdmissionPlugin = {
  name: 'AlwaysPullImages',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  admit(attributes) {
    if (!matters(attributes)) return
    const pod = attributes.object as Mutable<Pod>
    for (const container of allContainers(pod.spec as Pod['spec']) as Mutable<Container>[]) container.imagePullPolicy = 'Always'
    for (const { image } of (pod.spec.volumes ?? []) as Mutable<Volume>[]) if (image) image.pullPolicy = 'Always'
  },
  validate(attributes) {
    if (!matters(attributes)) return
    const pod = attributes.object as Pod
    const wrong = containerLists.flatMap((list) =>
      containersIn(pod.spec, list).flatMap(({ imagePullPolicy = '' }, i) =>
        imagePullPolicy === 'Always' ? [] : [notSupported(`spec.${list}[${i}].imagePullPolicy`, imagePullPolicy, ['Always'])],
      ),
    )
    const volumes = (pod.spec.volumes ?? []).flatMap(({ image }, i) =>
      !image || image.pullPolicy === 'Always' ? [] : [notSupported(`spec.volumes[${i}].image.pullPolicy`, image.pullPolicy ?? '', ['Always'])],
    )
    const errors = [...wrong, ...volumes]
    if (errors.length) throw refuse(attributes, several(errors.map(fieldErrorMessage)))
  },
}
