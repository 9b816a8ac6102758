// Credentials of a local cluster, signed by the authority in its control plane's data directory.
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Access, AccessRequest } from '../cli/context.ts'
import type { Kubeconfig } from '../client/kubeconfig/types.ts'
import type { KeyPair } from '../pki/certificate-authority.ts'
import { ensureClusterPki } from '../pki/cluster-pki.ts'
import type { Clock } from '../util/clock.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A kubeconfig of one cluster and one user who shows a client certificate. */
export function clientKubeconfig({ server, ca, pair }: { server: string; ca: string; pair: KeyPair }): string {
  const name = 'coxswain'
  const config: Kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user: { 'client-certificate-data': base64(pair.certificate), 'client-key-data': base64(pair.key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
  return dump(config, { lineWidth: -1 })
}

/** Makes the cluster's authority if there is none yet; certificates that are still good are used again. */
export async function issueClusterAccess({ serverDirectory, server, hosts, nodes }: AccessRequest, clock: Clock): Promise<Access> {
  const pki = await ensureClusterPki({ directory: join(serverDirectory, 'pki'), apiServerHosts: hosts, clock })
  const kubeconfig = async (file: string, user: string, groups: readonly string[]) =>
    clientKubeconfig({ server, ca: pki.ca.pair.certificate, pair: await pki.client(file, user, groups) })
  const [admin, ...others] = await Promise.all([
    kubeconfig('admin', 'kubernetes-admin', ['system:masters']),
    ...nodes.map((node) => kubeconfig(`node-${node}`, `system:node:${node}`, ['system:nodes'])),
  ])
  return { admin, nodes: new Map(nodes.map((node, index) => [node, others[index]!])) }
}
