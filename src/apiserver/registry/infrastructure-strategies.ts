// What pods, Services and volumes stand on: nodes, networks, storage, quotas.
import { limitRangeStrategy } from './core/limitrange/strategy.ts'
import { persistentVolumeStrategy } from './core/persistentvolume/strategy.ts'
import { persistentVolumeClaimStrategy } from './core/persistentvolumeclaim/strategy.ts'
import { resourceQuotaStrategy } from './core/resourcequota/strategy.ts'
import { serviceAccountStrategy } from './core/serviceaccount/strategy.ts'
import { ingressStrategy } from './networking/ingress/strategy.ts'
import { ingressClassStrategy } from './networking/ingressclass/strategy.ts'
import { ipAddressStrategy } from './networking/ipaddress/strategy.ts'
import { networkPolicyStrategy } from './networking/networkpolicy/strategy.ts'
import { serviceCidrStrategy } from './networking/servicecidr/strategy.ts'

/** `group/plural` (core: `pods`) -> strategy. */
export const infrastructureStrategies = {
  limitranges: limitRangeStrategy,
  persistentvolumeclaims: persistentVolumeClaimStrategy,
  persistentvolumes: persistentVolumeStrategy,
  resourcequotas: resourceQuotaStrategy,
  serviceaccounts: serviceAccountStrategy,
  'networking.k8s.io/ingressclasses': ingressClassStrategy,
  'networking.k8s.io/ingresses': ingressStrategy,
  'networking.k8s.io/ipaddresses': ipAddressStrategy,
  'networking.k8s.io/networkpolicies': networkPolicyStrategy,
  'networking.k8s.io/servicecidrs': serviceCidrStrategy,
}
