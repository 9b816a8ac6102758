// The CLI as a client of a cluster's API server.
import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import type { Client } from '../../client/client.ts'
import { connectionOf } from '../../client/kubeconfig/connection.ts'
import type { Kubeconfig } from '../../client/kubeconfig/types.ts'
import { newClient } from '../../client/rest/client.ts'
import { newHttpsTransport } from '../../client/transport/https.ts'
import type { ClusterLayout } from '../../machine/layout.ts'

export interface AdminConnection extends Disposable {
  readonly client: Client
}

export const readAdminKubeconfig = (layout: ClusterLayout): Kubeconfig => load(readFileSync(layout.adminKubeconfig, 'utf8')) as Kubeconfig

/** Connects as the cluster's administrator. Nothing is sent before the first call. */
export function connectAsAdmin(layout: ClusterLayout): AdminConnection {
  const transport = newHttpsTransport(connectionOf(readAdminKubeconfig(layout)).transport)
  return { client: newClient(transport, { userAgent: 'cox' }), [Symbol.dispose]: () => transport.close() }
}

/** Whether the API server says that it is ready; false also while it cannot be reached. */
export async function isServerReady(client: Client): Promise<boolean> {
  try {
    return (await client.raw('GET', '/readyz')).status === 200
  } catch {
    return false
  }
}
