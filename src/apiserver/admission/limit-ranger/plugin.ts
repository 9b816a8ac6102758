// LimitRange: gives containers the namespace's default requests and limits, and refuses what is too small, too large or too far
// apart. Source: k8s.io/kubernetes plugin/pkg/admission/limitranger/admission.go.
import type { Container, LimitRange, PersistentVolumeClaim, Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import type { VersionedLister } from '../../registry/generic/store-lister.ts'
import type { AdmissionPlugin, ValidatingAttributes } from '../admission.ts'
import { concerns, refuse, several } from '../refuse.ts'
import { claimComplaints, podComplaints } from './constraints.ts'

const annotation = 'kubernetes.io/limit-ranger'
type List = { [name: string]: string }

/** Containers cannot change in an update, but for a resize. */
const isPod = (attributes: ValidatingAttributes) =>
  (concerns(attributes, 'pods') && attributes.operation === 'CREATE') || (concerns(attributes, 'pods', 'resize') && attributes.operation === 'UPDATE')
const isClaim = (attributes: ValidatingAttributes) => concerns(attributes, 'persistentvolumeclaims')

/** @returns the names that were missing */
function fill(list: List, defaults: List): string[] {
  const missing = Object.keys(defaults).filter((name) => !Object.hasOwn(list, name))
  for (const name of missing) list[name] = defaults[name]!
  return missing.toSorted()
}

function setDefaults(container: Mutable<Container>, what: string, requests: List, limits: List): string[] {
  const resources = (container.resources ??= {})
  const setLimits = fill((resources.limits ??= {}), limits)
  const setRequests = fill((resources.requests ??= {}), requests)
  if (!Object.keys(resources.limits).length) delete resources.limits
  if (!Object.keys(resources.requests).length) delete resources.requests
  const notes: string[] = []
  if (setRequests.length) notes.push(`${setRequests.join(', ')} request for ${what} ${container.name}`)
  if (setLimits.length) notes.push(`${setLimits.join(', ')} limit for ${what} ${container.name}`)
  return notes
}

function applyDefaults({ spec }: LimitRange, pod: Mutable<Pod>): void {
  const items = (spec?.limits ?? []).filter(({ type }) => type === 'Container')
  const requests: List = Object.assign({}, ...items.map((item) => item.defaultRequest))
  const limits: List = Object.assign({}, ...items.map((item) => item.default))
  const notes = [
    ...pod.spec.containers.flatMap((c: Mutable<Container>) => setDefaults(c, 'container', requests, limits)),
    ...(pod.spec.initContainers ?? []).flatMap((c: Mutable<Container>) => setDefaults(c, 'init container', requests, limits)),
  ]
  if (notes.length) (pod.metadata.annotations ??= {})[annotation] = `LimitRanger plugin set: ${notes.join('; ')}`
}

export function newLimitRanger(ranges: Pick<VersionedLister<LimitRange>, 'inNamespace' | 'changedAt'>): AdmissionPlugin {
  return {
    name: 'LimitRanger',
    handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
    inputs: () => [() => ranges.changedAt()],
    admit(attributes) {
      if (!isPod(attributes) || attributes.oldObject?.metadata.deletionTimestamp) return
      for (const range of ranges.inNamespace(attributes.namespace)) applyDefaults(range, attributes.object as Mutable<Pod>)
    },
    validate(attributes) {
      if (attributes.oldObject?.metadata.deletionTimestamp || (!isPod(attributes) && !isClaim(attributes))) return
      const { object } = attributes
      for (const range of ranges.inNamespace(attributes.namespace)) {
        const complaints = isPod(attributes) ? podComplaints(range, object as Pod) : claimComplaints(range, object as PersistentVolumeClaim)
        if (complaints.length) throw refuse(attributes, several(complaints))
      }
    },
  }
}
