// Pods that ask for a device tolerate the taint that keeps others off nodes with that device.
// Source: plugin/pkg/admission/extendedresourcetoleration/admission.go.
import type { Pod } from '../../../api/core/v1.ts'
import type { Mutable } from '../../../api/object.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns } from '../refuse.ts'
import { isSameToleration } from '../tolerations.ts'

const isExtended = (name: string) => name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.')

export const extendedResourceToleration: AdmissionPlugin = {
  name: 'ExtendedResourceToleration',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  admit(attributes) {
    if (!concerns(attributes, 'pods')) return
    const { spec } = attributes.object as Mutable<Pod>
    const names = [...spec.containers, ...(spec.initContainers ?? [])].flatMap(({ resources }) => Object.keys(resources?.requests ?? {}))
    for (const key of [...new Set(names)].filter(isExtended).toSorted()) {
      const toleration = { key, operator: 'Exists', effect: 'NoSchedule' } as const
      if (!spec.tolerations?.some((own) => isSameToleration(own, toleration))) (spec.tolerations ??= []).push(toleration)
    }
  },
}
