// A namespace's annotation says on which nodes its pods run. Source: plugin/pkg/admission/podnodeselector/admission.go.
import type { Namespace, Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { notFound } from '../../../apimachinery/api-error.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'

const annotation = 'scheduler.alpha.kubernetes.io/node-selector'
type Labels = { readonly [key: string]: string }

/** `a=b,c=d` @returns undefined for anything else */
function parseSelector(text: string): Labels | undefined {
  const pairs = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => part.split('=').map((half) => half.trim()))
  return pairs.every((pair) => pair.length === 2) ? (Object.fromEntries(pairs) as Labels) : undefined
}

export function newPodNodeSelector(namespaces: Pick<StoreLister<Namespace>, 'get'>): AdmissionPlugin {
  function selectorFor(attributes: ValidatingAttributes): Labels {
    const namespace = namespaces.get(attributes.namespace)
    if (!namespace) throw notFound({ group: '', plural: 'namespaces' }, attributes.namespace)
    const selector = parseSelector(namespace.metadata.annotations?.[annotation] ?? '')
    if (!selector) throw refuse(attributes, `the annotation ${annotation} of namespace ${attributes.namespace} is no selector`)
    const own = (attributes.object as Pod).spec.nodeSelector ?? {}
    const conflicts = Object.entries(selector).some(([key, value]) => own[key] !== undefined && own[key] !== value)
    if (conflicts) throw refuse(attributes, 'pod node label selector conflicts with its namespace node label selector')
    return selector
  }
  return {
    name: 'PodNodeSelector',
    handles: (operation) => operation === 'CREATE',
    admit(attributes) {
      if (!concerns(attributes, 'pods')) return
      const selector = selectorFor(attributes)
      const { spec } = attributes.object as Mutable<Pod>
      if (Object.keys(selector).length) spec.nodeSelector = { ...spec.nodeSelector, ...selector }
    },
    validate(attributes) {
      if (concerns(attributes, 'pods')) selectorFor(attributes)
    },
  }
}
