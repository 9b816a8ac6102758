// Where a proxied request goes: the kubelet of a node, a pod, or an endpoint of a Service.
import type { EndpointAddress, Endpoints, Node, Pod, Service } from '../../api/core/v1.ts'
import { ApiError, badRequest } from '../../apimachinery/api-error.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import { cidrContains, parseCidr, parseIp, unmapIp } from '../../util/ip.ts'

export interface Target {
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  /** Path and query at the target. */
  readonly path: string
  /** Show the API server's own client certificate and verify this name; left out: the target's certificate is not verified, as upstream. */
  readonly kubelet?: { readonly nodeName: string }
}

/** Nothing that a Node or Pod object says may point the API server at itself or at link-local services (CVE-2022-3294, CVE-2020-8562). */
const refused = ['127.0.0.0/8', '169.254.0.0/16', '0.0.0.0/8', '224.0.0.0/4', '::1/128', 'fe80::/10', '::/128', 'ff00::/8'].map((text) => parseCidr(text)!)

/** @throws {ApiError} 400 for anything but a plain, reachable IP address */
export function checkedAddress(text: string | undefined): string {
  const ip = parseIp(text ?? '')
  if (!ip) throw badRequest(`address not allowed`)
  // `::ffff:127.0.0.1` is 127.0.0.1 for everybody who connects to it.
  if (refused.some((cidr) => cidrContains(cidr, unmapIp(ip)))) throw badRequest('address not allowed')
  return text!
}

const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address)
export const authority = ({ host, port }: Target) => `${bracketed(host)}:${port}`

/** Addresses in the order of --kubelet-preferred-address-types; names are never resolved. */
const addressTypes = ['InternalIP', 'ExternalIP'] as const

/** @throws {ApiError} when the node has no usable address yet */
export function kubeletTarget(node: Node, path: string): Target {
  const addresses = node.status?.addresses ?? []
  const found = addressTypes.map((type) => addresses.find((a) => a.type === type)?.address).find(Boolean)
  if (!found) {
    const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ')
    throw new ApiError('', `no preferred addresses found; known addresses: [${known}]`, { code: 500 })
  }
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port || 10250
  return { scheme: 'https', host: checkedAddress(found), port, path, kubelet: { nodeName: node.metadata.name } }
}

/** `[scheme:]name[:port]`, as the proxy subresources name their object. */
export interface ProxyName {
  readonly scheme: 'http' | 'https'
  readonly name: string
  readonly port: string
}

/** @throws {ApiError} 400 */
export function parseProxyName(text: string, kind: 'pod' | 'service' | 'node'): ProxyName {
  const parts = text.split(':')
  const invalid = () => badRequest(`invalid ${kind} request ${JSON.stringify(text)}`)
  if (parts.length > 3) throw invalid()
  const [scheme, name, port] = parts.length === 3 ? parts : parts.length === 2 ? ['', ...parts] : ['', text, '']
  if (!name || (scheme !== '' && scheme !== 'http' && scheme !== 'https')) throw invalid()
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port: port ?? '' }
}

function portNumber(text: string): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}

/** A pod's port by number or name; its first container port when none is given. */
export function podTarget(pod: Pod, { scheme, port }: ProxyName, path: string): Target {
  const declared = pod.spec.containers.flatMap((c) => c.ports ?? [])
  const number =
    port === '' ? (declared[0]?.containerPort ?? (scheme === 'https' ? 443 : 80)) : (portNumber(port) ?? declared.find((p) => p.name === port)?.containerPort)
  if (!number) throw badRequest(`address not allowed`)
  return { scheme, host: checkedAddress(pod.status?.podIP ?? pod.status?.podIPs?.[0]?.ip), port: number, path }
}

/** The name of a Service's port that was given by number: endpoints know names only. @throws {ApiError} 503 */
export function servicePortName({ metadata, spec }: Service, port: number): string {
  const found = spec.ports?.find((each) => each.port === port)
  if (found) return found.name ?? ''
  throw new ApiError('ServiceUnavailable', `no service port ${port} found for service ${goQuote(metadata.name)}`)
}

const rotated = <T>(list: readonly T[], from: number): readonly T[] => {
  const start = Math.floor(from * list.length)
  return [...list.slice(start), ...list.slice(0, start)]
}

/** Ready endpoints that have the port, all of them, beginning anywhere. @param choose gives numbers in [0, 1) */
export function* endpointsWith({ subsets = [] }: Endpoints, portName: string, choose: () => number): Generator<{ address: EndpointAddress; port: number }> {
  for (const { addresses = [], ports = [] } of rotated(subsets, choose())) {
    const port = ports.find(({ name = '' }) => name === portName)?.port
    if (port !== undefined) for (const address of rotated(addresses, choose())) yield { address, port }
  }
}

/** Whoever may write Endpoints may not send the API server anywhere but to pods of the same namespace. */
export const isAddressOf = (pod: Pod, { ip }: EndpointAddress): boolean => pod.status?.podIPs?.some((each) => each.ip === ip) ?? false
