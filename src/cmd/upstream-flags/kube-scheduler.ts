import { apiClient, controlPlane, oneCertificate } from './common.ts'
import { delegation } from './delegation.ts'
import type { OtherFlags } from './other-flags.ts'

export const kubeSchedulerOtherFlags: readonly OtherFlags[] = [
  ...controlPlane,
  apiClient,
  oneCertificate,
  delegation,
  {
    takes: 'nothing',
    why: 'there is one profile, default-scheduler, with the plugins and weights of upstream’s default',
    flags: ['config', 'write-config-to'],
  },
  { takes: 'anything', why: 'a pod stays unschedulable until something changes, at most five minutes', flags: ['pod-max-in-unschedulable-pods-duration'] },
  { takes: 'nothing', why: '--kubeconfig says where the API server is', flags: ['master'] },
]
