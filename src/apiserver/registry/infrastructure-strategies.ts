// What workloads stand on: nodes, networks, storage, quotas, certificates, and the API's own configuration.
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
import { mutatingAdmissionPolicyBindingStrategy, validatingAdmissionPolicyBindingStrategy } from './admissionregistration/policy/binding-strategy.ts'
import { mutatingAdmissionPolicyStrategy, validatingAdmissionPolicyStrategy } from './admissionregistration/policy/strategy.ts'
import { mutatingWebhookConfigurationStrategy, validatingWebhookConfigurationStrategy } from './admissionregistration/webhookconfiguration/strategy.ts'
import { customResourceDefinitionStrategy } from './apiextensions/customresourcedefinition/strategy.ts'
import { apiServiceStrategy } from './apiregistration/apiservice/strategy.ts'
import { certificateSigningRequestStrategy } from './certificates/certificatesigningrequest/strategy.ts'
import { flowSchemaStrategy } from './flowcontrol/flowschema/strategy.ts'
import { priorityLevelConfigurationStrategy } from './flowcontrol/prioritylevelconfiguration/strategy.ts'
import { runtimeClassStrategy } from './node/runtimeclass/strategy.ts'
import { deviceClassStrategy } from './resource/deviceclass/strategy.ts'
import { resourceSliceStrategy } from './resource/resourceslice/strategy.ts'
import { csiDriverStrategy } from './storage/csidriver/strategy.ts'
import { csiNodeStrategy } from './storage/csinode/strategy.ts'
import { csiStorageCapacityStrategy } from './storage/csistoragecapacity/strategy.ts'
import { storageClassStrategy } from './storage/storageclass/strategy.ts'
import { volumeAttachmentStrategy } from './storage/volumeattachment/strategy.ts'
import { volumeAttributesClassStrategy } from './storage/volumeattributesclass/strategy.ts'

/** `group/plural` (core: `pods`) -> strategy. */
export const infrastructureStrategies = {
  limitranges: limitRangeStrategy,
  persistentvolumeclaims: persistentVolumeClaimStrategy,
  persistentvolumes: persistentVolumeStrategy,
  resourcequotas: resourceQuotaStrategy,
  serviceaccounts: serviceAccountStrategy,
  'admissionregistration.k8s.io/mutatingadmissionpolicies': mutatingAdmissionPolicyStrategy,
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': mutatingAdmissionPolicyBindingStrategy,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': mutatingWebhookConfigurationStrategy,
  'admissionregistration.k8s.io/validatingadmissionpolicies': validatingAdmissionPolicyStrategy,
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': validatingAdmissionPolicyBindingStrategy,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': validatingWebhookConfigurationStrategy,
  'apiextensions.k8s.io/customresourcedefinitions': customResourceDefinitionStrategy,
  'apiregistration.k8s.io/apiservices': apiServiceStrategy,
  'certificates.k8s.io/certificatesigningrequests': certificateSigningRequestStrategy,
  'flowcontrol.apiserver.k8s.io/flowschemas': flowSchemaStrategy,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': priorityLevelConfigurationStrategy,
  'networking.k8s.io/ingressclasses': ingressClassStrategy,
  'networking.k8s.io/ingresses': ingressStrategy,
  'networking.k8s.io/ipaddresses': ipAddressStrategy,
  'networking.k8s.io/networkpolicies': networkPolicyStrategy,
  'networking.k8s.io/servicecidrs': serviceCidrStrategy,
  'node.k8s.io/runtimeclasses': runtimeClassStrategy,
  'resource.k8s.io/deviceclasses': deviceClassStrategy,
  'resource.k8s.io/resourceslices': resourceSliceStrategy,
  'storage.k8s.io/csidrivers': csiDriverStrategy,
  'storage.k8s.io/csinodes': csiNodeStrategy,
  'storage.k8s.io/csistoragecapacities': csiStorageCapacityStrategy,
  'storage.k8s.io/storageclasses': storageClassStrategy,
  'storage.k8s.io/volumeattachments': volumeAttachmentStrategy,
  'storage.k8s.io/volumeattributesclasses': volumeAttributesClassStrategy,
}
