// Credentials of a local cluster, signed by the authority in its control plane's data directory.
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Access, AccessRequest, Certificates } from '../cli/context.ts'
import type { Kubeconfig, User } from '../client/kubeconfig/types.ts'
import type { KeyPair } from '../pki/certificate-authority.ts'
import { rotateAuthorities } from '../pki/authority-rotation.ts'
import { rotateServiceAccountKey } from '../pki/service-account-keys.ts'
import { ensureClusterPki } from '../pki/cluster-pki.ts'
import { readPairs } from '../pki/key-pair-files.ts'
import { factsOf, renewCertificates } from '../pki/renewal.ts'
import { apiServerHosts } from './api-server-hosts.ts'
import type { Clock } from '../util/clock.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const clusterName = 'coxswain'
/** The context of a node's kubeconfig in which it acts as kube-proxy. */
export const proxyContext = 'kube-proxy'

const embedded = (pair: KeyPair): User => ({ 'client-certificate-data': base64(pair.certificate), 'client-key-data': base64(pair.key) })

function kubeconfigOf({ server, ca, users }: { server: string; ca: string; users: Readonly<Record<string, User>> }): string {
  const config: Kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': Object.keys(users)[0]!,
    clusters: [{ name: clusterName, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: Object.entries(users).map(([name, user]) => ({ name, user })),
    contexts: Object.keys(users).map((name) => ({ name, context: { cluster: clusterName, user: name } })),
  }
  return dump(config, { lineWidth: -1 })
}

/** A kubeconfig of one cluster and one user who shows a client certificate. */
export const clientKubeconfig = ({ server, ca, pair }: { server: string; ca: string; pair: KeyPair }): string =>
  kubeconfigOf({ server, ca, users: { [clusterName]: embedded(pair) } })

/** Makes the cluster's authority if there is none yet; certificates that are still good are used again. */
export async function issueClusterAccess({ serverDirectory, address, port, serviceCidr, nodes }: AccessRequest, clock: Clock): Promise<Access> {
  const server = `https://${address}:${port}`
  const hosts = apiServerHosts({ addresses: [address], serviceCidrs: serviceCidr })
  const directory = join(serverDirectory, 'pki')
  const pki = await ensureClusterPki({ directory, apiServerHosts: hosts, clock })
  const ca = pki.caBundle
  const [admin, , ...nodePairs] = await Promise.all([
    pki.client('admin', 'kubernetes-admin', ['system:masters']),
    pki.client('kube-proxy', 'system:kube-proxy', []),
    ...nodes.map((node) => pki.node(node)),
  ])
  // The control plane renews these files, and kube-proxy looks at them again.
  const proxy: User = { 'client-certificate': join(directory, 'kube-proxy.crt'), 'client-key': join(directory, 'kube-proxy.key') }
  const nodeKubeconfig = (pair: KeyPair) => kubeconfigOf({ server, ca, users: { [clusterName]: embedded(pair), [proxyContext]: proxy } })
  return {
    admin: clientKubeconfig({ server, ca, pair: admin }),
    nodes: new Map(nodes.map((node, index) => [node, nodeKubeconfig(nodePairs[index]!)])),
  }
}

/** The certificates of a local cluster, for `cox certs`. */
export const clusterCertificates = (clock: Clock): Certificates => ({
  list: async (serverDirectory) => (await readPairs(join(serverDirectory, 'pki'))).map(({ name, certificate }) => factsOf(name, certificate)),
  summarize: factsOf,
  rotateAuthorities: (serverDirectory, step) => rotateAuthorities(join(serverDirectory, 'pki'), step, clock),
  rotateTokenKey: (serverDirectory, step) => rotateServiceAccountKey(join(serverDirectory, 'pki'), step),
  renew: (serverDirectory, chosen) => renewCertificates(join(serverDirectory, 'pki'), ({ name }) => chosen(name), clock),
})
