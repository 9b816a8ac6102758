// What a machine that knows only a bootstrap token believes of a cluster: the ConfigMap cluster-info, when the token has signed it and its
// authority is one of those that were pinned. Nothing here has effects. Source: cmd/kubeadm/app/discovery/token/token.go.
import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto'
import { load } from 'js-yaml'
import type { BootstrapToken } from '../../api/core/bootstrap-token.ts'
import type { ConfigMap } from '../../api/core/v1.ts'
import type { Cluster, Kubeconfig } from '../../client/kubeconfig/types.ts'
import { detachedSignature } from '../../controllers/bootstrapsigner/index.ts'

/** `sha256:<hex>` of the public key (SPKI) of an authority, as kubeadm writes it. */
export const publicKeyHash = (pem: string): string =>
  `sha256:${createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`

export interface ClusterInfo {
  /** `https://host:port` */
  readonly server: string
  /** PEM. */
  readonly ca: string
}

/**
 * @param pins of {@link publicKeyHash}; none: every authority is believed that the token has signed
 * @throws {Error} for what is not signed by the token, or not pinned
 */
export function clusterInfoOf({ data = {} }: Pick<ConfigMap, 'data'>, token: BootstrapToken, pins: readonly string[]): ClusterInfo {
  const text = Object.hasOwn(data, 'kubeconfig') ? data['kubeconfig']! : ''
  const key = `jws-kubeconfig-${token.id}`
  const signature = Object.hasOwn(data, key) ? data[key]! : ''
  if (text === '') throw new Error('there is no kubeconfig key in the cluster-info ConfigMap')
  if (signature === '')
    throw new Error(
      `there is no JWS signed token in the cluster-info ConfigMap: token id ${JSON.stringify(token.id)} is invalid for this cluster or it has expired`,
    )
  if (!isSame(signature, detachedSignature(text, token.id, token.secret)))
    throw new Error('failed to verify JWS signature of received cluster info object, cannot trust this API Server')
  const { clusters } = load(text) as Kubeconfig
  const cluster: Cluster | undefined = clusters[0]?.cluster
  const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64').toString()
  if (!cluster?.server || ca === '') throw new Error('the cluster-info ConfigMap names no server, or no authority')
  checkPins(ca, pins)
  return { server: cluster.server, ca }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer]
  return timingSafeEqual(left, right)
}

/** @throws {Error} when no certificate of the bundle has a pinned key */
function checkPins(bundle: string, pins: readonly string[]): void {
  if (pins.length === 0) return
  const hashes = (bundle.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map(publicKeyHash)
  if (hashes.some((hash) => pins.includes(hash))) return
  throw new Error(
    `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys ${hashes.map((hash) => JSON.stringify(hash)).join(':')} are pinned`,
  )
}

/** A pin as it is written on a command line. @throws {Error} */
export function parsePin(text: string): string {
  const pin = text.toLowerCase()
  if (/^sha256:[0-9a-f]{64}$/.test(pin)) return pin
  const format = text.split(':')[0]
  if (format !== 'sha256') throw new Error(`unknown hash format ${JSON.stringify(format)}. Known format(s) are: sha256`)
  throw new Error('invalid sha256 hash: expected 64 hexadecimal digits')
}
