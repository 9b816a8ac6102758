// Required anti-affinity only between nodes: of any other topology a pod could keep everybody out.
// Source: plugin/pkg/admission/antiaffinity/admission.go.
import type { Pod } from '../../../api/core/v1.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'

const hostname = 'kubernetes.io/hostname'

export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  validate(attributes) {
    if (!concerns(attributes, 'pods')) return
    const terms = (attributes.object as Pod).spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution
    const other = terms?.find(({ topologyKey }) => topologyKey !== hostname)
    if (!other) return
    const where = 'affinity.PodAntiAffinity.RequiredDuringScheduling'
    throw refuse(attributes, `${where} has TopologyKey ${other.topologyKey} but only key ${hostname} is allowed`)
  },
}
