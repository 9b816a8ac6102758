// The keys and certificates of one cluster, in kubeadm's file layout: what exists and is current is kept, the rest is made.
import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../util/clock.ts'
import { CertificateAuthority, type IssueRequest, isCurrent, type KeyPair } from './certificate-authority.ts'
import { certificatesOf } from './certificates-of.ts'
import { readPair, writePair } from './key-pair-files.ts'
import { ensureServiceAccountKeys, type ServiceAccountKeys } from './service-account-keys.ts'

export interface ClusterPki {
  /** Signs serving and client certificates of the cluster. */
  readonly ca: CertificateAuthority
  /** PEM: whom the members of the cluster believe. */
  readonly caBundle: string
  /** Signs the certificate that the API server shows to extension servers. */
  readonly frontProxyCa: CertificateAuthority
  /** PEM: by whom proxies are known. */
  readonly frontProxyBundle: string
  readonly apiServer: KeyPair
  /** The API server as a client of kubelets. */
  readonly apiServerKubeletClient: KeyPair
  readonly frontProxyClient: KeyPair
  /** Signs service account tokens; PEM. */
  readonly serviceAccount: ServiceAccountKeys
  /** A client certificate for `name`, kept in the directory and renewed when a third of its life is left. */
  client(file: string, commonName: string, organizations: readonly string[]): Promise<KeyPair>
  /** A node's certificate: its identity as a client, and for serving its kubelet API under its name. */
  node(name: string): Promise<KeyPair>
}

export interface PkiOptions {
  /** Mode 0700; all files in it get 0600, those of earlier versions, too. */
  readonly directory: string
  /** Names and addresses that the API server answers to, beside the usual ones. */
  readonly apiServerHosts: readonly string[]
  readonly clock: Clock
}

const leafValidityDays = 365

/** An authority, and all that are to be believed: two while one takes the place of the other. */
export interface AuthorityFiles {
  readonly authority: CertificateAuthority
  /** PEM; the first is the authority's own. */
  readonly bundle: string
}

/** Undefined when there is none. */
export async function readAuthority(base: string, clock: Clock): Promise<AuthorityFiles | undefined> {
  const found = await readPair(base)
  if (!found) return undefined
  const [own = found.certificate] = certificatesOf(found.certificate)
  return { authority: new CertificateAuthority({ ...found, certificate: `${own}\n` }, clock), bundle: found.certificate }
}

async function ensureAuthority(base: string, commonName: string, clock: Clock): Promise<AuthorityFiles> {
  const found = await readAuthority(base, clock)
  if (found) return found
  const authority = await CertificateAuthority.create(commonName, clock)
  await writePair(base, authority.pair)
  return { authority, bundle: authority.pair.certificate }
}

async function ensureLeaf(base: string, authority: CertificateAuthority, request: IssueRequest, clock: Clock): Promise<KeyPair> {
  const found = await readPair(base)
  if (found && isCurrent(found, authority.pair, request.hosts ?? [], clock.now())) return found
  const pair = await authority.issue(request)
  await writePair(base, pair)
  return pair
}

/** Puts modes right that an earlier version, or a copy, has left too wide. */
async function closeToOthers(directory: string): Promise<void> {
  await chmod(directory, 0o700)
  await Promise.all((await readdir(directory)).map((name) => chmod(join(directory, name), 0o600)))
}

/** Reads the cluster's keys and certificates from `directory`, making what is absent or about to expire. */
export async function ensureClusterPki({ directory, apiServerHosts, clock }: PkiOptions): Promise<ClusterPki> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await closeToOthers(directory)
  const at = (name: string) => join(directory, name)
  const leaf = (name: string, authority: CertificateAuthority, request: Omit<IssueRequest, 'validityDays'>) =>
    ensureLeaf(at(name), authority, { ...request, validityDays: leafValidityDays }, clock)
  const [{ authority: ca, bundle: caBundle }, { authority: frontProxyCa, bundle: frontProxyBundle }, serviceAccount] = await Promise.all([
    ensureAuthority(at('ca'), 'kubernetes', clock),
    ensureAuthority(at('front-proxy-ca'), 'front-proxy-ca', clock),
    ensureServiceAccountKeys(directory),
  ])
  const [apiServer, apiServerKubeletClient, frontProxyClient] = await Promise.all([
    leaf('apiserver', ca, { commonName: 'kube-apiserver', hosts: apiServerHosts, usages: ['server'] }),
    leaf('apiserver-kubelet-client', ca, { commonName: 'kube-apiserver-kubelet-client', usages: ['client'] }),
    leaf('front-proxy-client', frontProxyCa, { commonName: 'front-proxy-client', usages: ['client'] }),
  ])
  return {
    ca,
    caBundle,
    frontProxyCa,
    frontProxyBundle,
    apiServer,
    apiServerKubeletClient,
    frontProxyClient,
    serviceAccount,
    client: (file, commonName, organizations) => leaf(file, ca, { commonName, organizations, usages: ['client'] }),
    node: (name) =>
      leaf(`node-${name}`, ca, { commonName: `system:node:${name}`, organizations: ['system:nodes'], hosts: [name], usages: ['client', 'server'] }),
  }
}
