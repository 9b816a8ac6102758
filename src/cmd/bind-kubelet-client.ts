// The right of the API server's own client certificate to use the kubelet API (logs, exec, metrics).
import type { ClusterRoleBinding } from '../api/rbac/v1.ts'
import type { New } from '../api/object.ts'
import { clusterRoleBindings } from '../api/resources.ts'
import { isAlreadyExists } from '../apimachinery/api-error.ts'
import type { Writer } from '../client/client.ts'
import type { Component } from '../component-base/component.ts'

const apiGroup = 'rbac.authorization.k8s.io'
const binding = {
  apiVersion: `${apiGroup}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'coxswain:kube-apiserver-kubelet-client' },
  roleRef: { apiGroup, kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
  subjects: [{ apiGroup, kind: 'User', name: 'kube-apiserver-kubelet-client' }],
} as New<ClusterRoleBinding>

/** Makes sure that the binding exists, once; what somebody changed on purpose stays. */
export function bindKubeletClient(client: Pick<Writer, 'create'>): Component {
  return {
    name: 'kubelet client binding',
    async run(signal) {
      try {
        await client.create(clusterRoleBindings, binding)
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
      }
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    },
  }
}
