// A namespace's annotation says on which nodes its pods run. Source: plugin/pkg/admission/podnodeselector/admission.go.
import type { Namespace, Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { ApiError, notFound } from '../../../apimachinery/api-error.ts'
import { isLabelValue, isQualifiedName } from '../../../apimachinery/validation/names.ts'
import { fieldErrorMessage, invalid } from '../../../apimachinery/field-errors.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'
import type { ClusterNodeSelectors } from './configuration.ts'

const annotation = 'scheduler.alpha.kubernetes.io/node-selector'
type Labels = ReadonlyMap<string, string>

const none: Labels = new Map()
/** An error that upstream answers as it is, without a reason. */
const plain = (message: string) => new ApiError('', message, { code: 500 })

/** `a=b,c=d`. @throws {ApiError} 500. Source: k8s.io/apimachinery pkg/labels/labels.go (ConvertSelectorToLabelsMap) */
function parseSelector(text: string | undefined): Labels {
  if (!text) return none
  const labels = new Map<string, string>()
  for (const part of text.split(',')) {
    const halves = part.split('=')
    if (halves.length !== 2) throw plain(`invalid selector: [${halves.join(' ')}]`)
    const [key, value] = halves.map((half) => half.trim()) as [string, string]
    const wrong = [...isQualifiedName(key).map((why) => invalid('', key, why)), ...isLabelValue(value).map((why) => invalid('', value, why))]
    if (wrong.length) throw plain(fieldErrorMessage(wrong[0]!))
    labels.set(key, value)
  }
  return labels
}

export function newPodNodeSelector(namespaces: Pick<StoreLister<Namespace>, 'get'>, clusterSelectors: ClusterNodeSelectors): AdmissionPlugin {
  function selectorOf(name: string): Labels {
    const namespace = namespaces.get(name)
    if (!namespace) throw notFound({ group: '', plural: 'namespaces' }, name)
    return parseSelector(namespace.metadata.annotations?.[annotation] ?? clusterSelectors.get('clusterDefaultNodeSelector'))
  }

  function checkConflicts(attributes: ValidatingAttributes): Labels {
    const selector = selectorOf(attributes.namespace)
    const own = (attributes.object as Pod).spec.nodeSelector ?? {}
    const conflicts = [...selector].some(([key, value]) => Object.hasOwn(own, key) && own[key] !== value)
    if (conflicts) throw refuse(attributes, 'pod node label selector conflicts with its namespace node label selector')
    return selector
  }

  function check(attributes: ValidatingAttributes): void {
    checkConflicts(attributes)
    const allowed = parseSelector(clusterSelectors.get(attributes.namespace))
    const own = Object.entries((attributes.object as Pod).spec.nodeSelector ?? {})
    if (allowed.size === 0 || own.every(([key, value]) => allowed.get(key) === value)) return
    throw refuse(attributes, 'pod node label selector labels conflict with its namespace whitelist')
  }

  return {
    name: 'PodNodeSelector',
    handles: (operation) => operation === 'CREATE',
    admit(attributes) {
      if (!concerns(attributes, 'pods')) return
      const selector = checkConflicts(attributes)
      const { spec } = attributes.object as Mutable<Pod>
      if (selector.size) spec.nodeSelector = { ...Object.fromEntries(selector), ...spec.nodeSelector }
      check(attributes)
    },
    validate(attributes) {
      if (concerns(attributes, 'pods')) check(attributes)
    },
  }
}
