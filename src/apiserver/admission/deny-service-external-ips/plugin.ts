// No new external IPs: whoever may create services could draw other people's traffic (CVE-2020-8554).
// Source: plugin/pkg/admission/network/denyserviceexternalips/admission.go.
import type { Service } from '../../../api/core/v1.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { concerns, refuse } from '../refuse.ts'

export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  handles: (operation) => operation === 'CREATE' || operation === 'UPDATE',
  validate(attributes) {
    if (!concerns(attributes, 'services')) return
    const old = (attributes.oldObject as Service | undefined)?.spec?.externalIPs ?? []
    const added = (attributes.object as Service).spec?.externalIPs?.some((ip) => !old.includes(ip))
    if (added) throw refuse(attributes, 'Use of external IPs is denied by admission control.')
  },
}
