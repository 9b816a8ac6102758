// priorityClassName becomes a number; pods without one get the default class. Source: plugin/pkg/admission/priority/admission.go.
import type { Pod } from '../../../api/core/v1.ts'
import type { PriorityClass } from '../../../api/scheduling/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import { forbidden } from '../../../apimachinery/api-error.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, MutatingAttributes, ValidatingAttributes } from '../admission.ts'

type Classes = Pick<VersionedLister<PriorityClass>, 'get' | 'all' | 'changedAt'>

const isPod = ({ resource, subresource }: { resource: { group: string; plural: string }; subresource: string }) =>
  resource.group === '' && resource.plural === 'pods' && !subresource
const isClass = ({ resource, subresource }: { resource: { group: string; plural: string }; subresource: string }) =>
  resource.group === 'scheduling.k8s.io' && resource.plural === 'priorityclasses' && !subresource

/** Should several classes claim to be the default, the lowest wins. */
function defaultClass(classes: Classes): PriorityClass | undefined {
  let lowest: PriorityClass | undefined
  for (const each of classes.all()) if (each.globalDefault && (!lowest || (each.value ?? 0) < (lowest.value ?? 0))) lowest = each
  return lowest
}

function admitPod(attributes: MutatingAttributes, classes: Classes): void {
  const { operation, object, oldObject, resource, name } = attributes
  const { spec } = object as Mutable<Pod>
  if (operation === 'UPDATE') {
    const old = (oldObject as Pod).spec
    if (old.priority !== undefined) spec.priority ??= old.priority
    if (old.preemptionPolicy !== undefined) spec.preemptionPolicy ??= old.preemptionPolicy
    return
  }
  const wanted = spec.priorityClassName ? classes.get(spec.priorityClassName) : defaultClass(classes)
  if (spec.priorityClassName && !wanted) throw forbidden(resource, name, `no PriorityClass with name ${spec.priorityClassName} was found`)
  const priority = wanted?.value ?? 0
  const preemptionPolicy = wanted?.preemptionPolicy ?? 'PreemptLowerPriority'
  if (spec.priority !== undefined && spec.priority !== priority) {
    throw forbidden(
      resource,
      name,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    )
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
    throw forbidden(
      resource,
      name,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    )
  }
  if (wanted) spec.priorityClassName = wanted.metadata.name
  spec.priority = priority
  spec.preemptionPolicy = preemptionPolicy
}

function validateClass({ object, resource, name }: ValidatingAttributes, classes: Classes): void {
  const wanted = object as PriorityClass
  if (!wanted.globalDefault) return
  const other = defaultClass(classes)
  if (other && other.metadata.name !== wanted.metadata.name) {
    throw forbidden(resource, name, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`)
  }
}

export function newPriority(classes: Classes): AdmissionPlugin {
  return {
    name: 'Priority',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    inputs: (attributes) => (isClass(attributes) ? undefined : [() => classes.changedAt()]),
    admit(attributes) {
      if (isPod(attributes)) admitPod(attributes, classes)
    },
    validate(attributes) {
      if (isClass(attributes)) validateClass(attributes, classes)
    },
  }
}
