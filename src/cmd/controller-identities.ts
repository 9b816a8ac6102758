// Which service account in kube-system a controller acts as: the one that the bootstrap roles were made for.
// Source: cmd/kube-controller-manager/app (client builder names).
const accounts: Readonly<Record<string, string>> = {
  'serviceaccount-controller': 'service-account-controller',
  'root-ca-certificate-publisher-controller': 'root-ca-cert-publisher',
  'garbage-collector-controller': 'generic-garbage-collector',
  'replicationcontroller-controller': 'replication-controller',
  'endpoints-controller': 'endpoint-controller',
  'endpointslice-mirroring-controller': 'endpointslicemirroring-controller',
  'service-cidr-controller': 'service-cidrs-controller',
  'node-lifecycle-controller': 'node-controller',
  'taint-eviction-controller': 'node-controller',
  'node-ipam-controller': 'node-controller',
  'pod-garbage-collector-controller': 'pod-garbage-collector',
  'daemonset-controller': 'daemon-set-controller',
  'certificatesigningrequest-approving-controller': 'certificate-controller',
  'certificatesigningrequest-signing-controller': 'certificate-controller',
  'certificatesigningrequest-cleaner-controller': 'certificate-controller',
  'kubelet-serving-approving-controller': 'kubelet-serving-approver',
  'bootstrap-signer-controller': 'bootstrap-signer',
  'token-cleaner-controller': 'token-cleaner',
  'legacy-serviceaccount-token-cleaner-controller': 'legacy-service-account-token-cleaner',
  'persistentvolumeclaim-protection-controller': 'pvc-protection-controller',
  'persistentvolume-protection-controller': 'pv-protection-controller',
}

export const serviceAccountOf = (controller: string): string => accounts[controller] ?? controller
