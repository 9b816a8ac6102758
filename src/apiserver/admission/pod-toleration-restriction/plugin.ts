// Gives the pods of a namespace its tolerations, and holds them to those that the namespace allows.
// Source: plugin/pkg/admission/podtolerationrestriction/admission.go.
import type { Namespace, Pod, Toleration } from '../../../api/core/v1.ts'
import { podQos } from '../../../api/core/pod-qos.ts'
import type { Mutable } from '../../../api/object.ts'
import { ApiError, notFound } from '../../../apimachinery/api-error.ts'
import { newCodec } from '../../../apimachinery/codec/new-codec.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns } from '../refuse.ts'
import { type PodTolerationRestrictionConfiguration, tolerationType, tolerationTypes } from './configuration.ts'
import { isAllowed, mergeTolerations } from '../tolerations.ts'

const defaults = 'scheduler.alpha.kubernetes.io/defaultTolerations'
const whitelist = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist'
const memoryPressure: Toleration = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }
const codec = newCodec(tolerationTypes)

/** An error that upstream answers as it is, without a reason. */
const plain = (message: string, cause?: unknown) => new ApiError('', message, { code: 500, cause })

/** @returns undefined when the namespace does not say. @throws {ApiError} 500 for what cannot be read */
function annotated({ metadata }: Namespace, key: string): readonly Toleration[] | undefined {
  const text = metadata.annotations?.[key]
  if (text === undefined || text === '') return text === undefined ? undefined : []
  try {
    const { value } = codec.parseJson(text)
    if (!Array.isArray(value)) throw new Error('json: cannot unmarshal into Go value of type []v1.Toleration')
    return value.map((each) => codec.convert(tolerationType, each).object as unknown as Toleration)
  } catch (cause) {
    throw plain((cause as Error).message, cause)
  }
}

export function newPodTolerationRestriction(
  namespaces: Pick<StoreLister<Namespace>, 'get'>,
  configuration: PodTolerationRestrictionConfiguration,
): AdmissionPlugin {
  const namespaceOf = ({ namespace }: ValidatingAttributes): Namespace => {
    const found = namespaces.get(namespace)
    if (!found) throw notFound({ group: '', plural: 'namespaces' }, namespace)
    return found
  }

  function checkWhitelist(attributes: ValidatingAttributes): void {
    const { tolerations = [] } = (attributes.object as Pod).spec
    if (!tolerations.length) return
    const own = annotated(namespaceOf(attributes), whitelist)
    if (isAllowed(tolerations, own ?? configuration.whitelist ?? [])) return
    const scope = own ? 'namespace' : 'cluster'
    throw plain(`pod tolerations (possibly merged with namespace default tolerations) conflict with its ${scope} whitelist`)
  }

  return {
    name: 'PodTolerationRestriction',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    admit(attributes) {
      if (!concerns(attributes, 'pods')) return
      const pod = attributes.object as Mutable<Pod>
      const added = attributes.operation === 'CREATE' ? [...(annotated(namespaceOf(attributes), defaults) ?? configuration.default ?? [])] : []
      if (podQos(pod as Pod) !== 'BestEffort') added.push(memoryPressure)
      if (added.length) pod.spec.tolerations = mergeTolerations(pod.spec.tolerations ?? [], added).map((toleration) => ({ ...toleration }))
      checkWhitelist(attributes)
    },
    validate(attributes) {
      if (concerns(attributes, 'pods')) checkWhitelist(attributes)
    },
  }
}
