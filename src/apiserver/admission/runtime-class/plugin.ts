// A pod takes over what its runtime costs and where it is to be found. Source: plugin/pkg/admission/runtimeclass/admission.go.
import type { Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import type { RuntimeClass } from '../../../api/node/v1.ts'
import { quantities } from '../../../api/core/pod-quantities.ts'
import { equalLists } from '../../../api/quota/resource-list.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'
import { mergeTolerations } from '../tolerations.ts'

const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
const alone = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'
const sameOverhead = (a: Pod['spec']['overhead'], b: Pod['spec']['overhead']) => equalLists(quantities(a), quantities(b))

function setOverhead(attributes: ValidatingAttributes, { spec }: Mutable<Pod>, { overhead }: RuntimeClass): void {
  if (!overhead) return
  if (spec.overhead && !sameOverhead(spec.overhead, overhead.podFixed)) throw refuse(attributes, mismatch)
  spec.overhead = { ...overhead.podFixed }
}

function setScheduling(attributes: ValidatingAttributes, { spec }: Mutable<Pod>, { scheduling }: RuntimeClass): void {
  if (!scheduling) return
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key]
    if (own !== undefined && own !== value) {
      throw refuse(attributes, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`)
    }
    ;(spec.nodeSelector ??= {})[key] = value
  }
  if (scheduling.tolerations?.length)
    spec.tolerations = mergeTolerations(spec.tolerations ?? [], scheduling.tolerations).map((toleration) => ({ ...toleration }))
}

export function newRuntimeClass(classes: Pick<VersionedLister<RuntimeClass>, 'get' | 'changedAt'>): AdmissionPlugin {
  const classOf = (attributes: ValidatingAttributes): RuntimeClass | undefined => {
    const name = (attributes.object as Pod).spec.runtimeClassName
    if (!name) return undefined
    const found = classes.get(name)
    if (!found) throw refuse(attributes, `pod rejected: RuntimeClass "${name}" not found`)
    return found
  }
  return {
    name: 'RuntimeClass',
    handles: (operation) => operation === 'CREATE',
    inputs: () => [() => classes.changedAt()],
    admit(attributes) {
      if (!concerns(attributes, 'pods')) return
      const found = classOf(attributes)
      if (!found) return
      setOverhead(attributes, attributes.object as Mutable<Pod>, found)
      setScheduling(attributes, attributes.object as Mutable<Pod>, found)
    },
    validate(attributes) {
      if (!concerns(attributes, 'pods')) return
      const wanted = classOf(attributes)?.overhead
      const { overhead } = (attributes.object as Pod).spec
      if (wanted && !sameOverhead(overhead, wanted.podFixed)) throw refuse(attributes, mismatch)
      if (!wanted && overhead) throw refuse(attributes, alone)
    },
  }
}
