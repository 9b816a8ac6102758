// The rights of what this program adds to a cluster: identities that upstream does not have, and those that kubeadm gives out so that
// machines can join. Names are kubeadm's where it has the same object. Source: cmd/kubeadm/app/phases/bootstraptoken.
import type { PolicyRule, Subject } from '../api/rbac/v1.ts'
import type { ApiServerOptions } from '../apiserver/server-options.ts'

type OwnRbac = Required<NonNullable<ApiServerOptions['ownRbac']>>

const apiGroup = 'rbac.authorization.k8s.io'
const apiVersion = 'rbac.authorization.k8s.io/v1'
const user = (name: string): Subject => ({ kind: 'User', apiGroup, name })
const group = (name: string): Subject => ({ kind: 'Group', apiGroup, name })
const serviceAccount = (name: string): Subject => ({ kind: 'ServiceAccount', namespace: 'kube-system', name })

const clusterRole = (name: string, rules: readonly PolicyRule[]) => ({ apiVersion, kind: 'ClusterRole', metadata: { name }, rules }) as const
const clusterRoleBinding = (name: string, role: string, ...subjects: readonly Subject[]) =>
  ({ apiVersion, kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup, kind: 'ClusterRole', name: role }, subjects }) as const
const role = (namespace: string, name: string, rules: readonly PolicyRule[]) => ({ apiVersion, kind: 'Role', metadata: { namespace, name }, rules }) as const
const roleBinding = (namespace: string, name: string, ...subjects: readonly Subject[]) =>
  ({ apiVersion, kind: 'RoleBinding', metadata: { namespace, name }, roleRef: { apiGroup, kind: 'Role', name }, subjects }) as const

/** Users of this program itself; none of them is in system:masters. */
export const ownUsers = {
  /** Keeps routes to the pods of local nodes. */
  hostNetwork: 'system:coxswain:host-network',
  /** Publishes where the cluster is. */
  clusterInfo: 'system:coxswain:cluster-info',
} as const

/** The common name of the API server's own client certificate. */
const kubeletClient = 'kube-apiserver-kubelet-client'
const joining = group('system:bootstrappers:kubeadm:default-node-token')
const readNodes: PolicyRule = { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }
const csrGroup = 'certificates.k8s.io'

export const ownRbac: OwnRbac = {
  clusterRoles: [
    clusterRole('coxswain:host-network', [readNodes]),
    clusterRole('coxswain:kubelet-serving-approver', [
      readNodes,
      { apiGroups: [csrGroup], resources: ['certificatesigningrequests'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [csrGroup], resources: ['certificatesigningrequests/approval'], verbs: ['update'] },
      { apiGroups: [csrGroup], resources: ['signers'], resourceNames: ['kubernetes.io/kubelet-serving'], verbs: ['approve'] },
    ]),
    clusterRole('coxswain:node-services', [
      { apiGroups: [''], resources: ['nodes', 'services'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ]),
    clusterRole('kubeadm:get-nodes', [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }]),
  ],
  clusterRoleBindings: [
    clusterRoleBinding('coxswain:kube-apiserver-kubelet-client', 'system:kubelet-api-admin', user(kubeletClient)),
    clusterRoleBinding('coxswain:host-network', 'coxswain:host-network', user(ownUsers.hostNetwork)),
    clusterRoleBinding('coxswain:kubelet-serving-approver', 'coxswain:kubelet-serving-approver', serviceAccount('kubelet-serving-approver')),
    // A node that has joined by a token has no other identity: it makes Services and routes real by its own.
    clusterRoleBinding('coxswain:node-services', 'coxswain:node-services', group('system:nodes')),
    clusterRoleBinding('kubeadm:get-nodes', 'kubeadm:get-nodes', joining),
    clusterRoleBinding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', joining),
    clusterRoleBinding('kubeadm:node-autoapprove-bootstrap', 'system:certificates.k8s.io:certificatesigningrequests:nodeclient', joining),
    clusterRoleBinding(
      'kubeadm:node-autoapprove-certificate-rotation',
      'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
      group('system:nodes'),
    ),
  ],
  roles: [
    role('kube-public', 'coxswain:cluster-info', [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get', 'update'] },
    ]),
    role('kube-public', 'kubeadm:bootstrap-signer-clusterinfo', [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['cluster-info'], verbs: ['get'] },
    ]),
  ],
  roleBindings: [
    roleBinding('kube-public', 'coxswain:cluster-info', user(ownUsers.clusterInfo)),
    roleBinding('kube-public', 'kubeadm:bootstrap-signer-clusterinfo', user('system:anonymous')),
  ],
}
