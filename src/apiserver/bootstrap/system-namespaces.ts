import type { Namespace } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { namespaces } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { PostStartHook } from '../health/post-start-hooks.ts'
import { ensure } from './ensure.ts'

const names = ['kube-system', 'kube-public', 'kube-node-lease', 'default']

/** The namespaces that every cluster has. @see k8s.io/kubernetes pkg/controlplane/controller/systemnamespaces */
export const systemNamespaces = (client: Client): PostStartHook => ({
  name: 'start-system-namespaces-controller',
  async run() {
    await Promise.all(names.map((name) => ensure(client, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as New<Namespace>)))
  },
})
