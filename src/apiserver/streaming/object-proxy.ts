// pods/proxy, services/proxy and nodes/proxy: HTTP to what runs in the cluster, through the API server.
// Source: pkg/registry/core/{pod,service,node}/rest, apimachinery pkg/util/proxy.
import type { EndpointAddress, Endpoints, Node, Pod, Service } from '../../api/core/v1.ts'
import { ApiError, isNotFound, notFound } from '../../apimachinery/api-error.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { Rand } from '../../util/rand.ts'
import type { ResourceHandlerDeps, SubresourceHandler } from '../endpoints/deps.ts'
import type { ApiRequest, ApiResponse, BodyChunk } from '../http/api-request.ts'
import { admitConnect } from './connect-admission.ts'
import type { Proxy } from './proxy.ts'
import { readObject } from './pod-streams.ts'
import { checkedAddress, endpointsWith, isAddressOf, kubeletTarget, parseProxyName, podTarget, servicePortName, type Target } from './target.ts'

const marker = '/proxy'

/** What follows `/proxy` in the path, as sent, with the query. */
function rest({ rawPath, query }: ApiRequest): { readonly path: string; readonly search: string } {
  const path = rawPath.slice(rawPath.indexOf(marker, rawPath.lastIndexOf('/namespaces/') + 1) + marker.length)
  const search = query.toString()
  return { path, search: search ? `?${search}` : '' }
}

/** As sent, when it cannot be decoded: then it is no path that admission could know. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** A page without a trailing slash would resolve its links against the wrong folder. */
function slashRedirect(request: ApiRequest, path: string, search: string): ApiResponse | undefined {
  if (path !== '' || (request.method !== 'GET' && request.method !== 'HEAD')) return undefined
  return { status: 301, headers: { location: `${request.rawPath}/${search}` }, body: '' }
}

/** Root-relative links of a page point below the proxy again. */
export function rewriteLinks(html: string, prefix: string): string {
  return html.replaceAll(
    /(<(?:a|area|link|base|img|script|form|iframe|body|html)\b[^>]*?\s(?:href|src|action|background|manifest)\s*=\s*["']?)\/(?!\/)/gi,
    `$1${prefix}/`,
  )
}

/** Pages larger than this are passed through as they are. */
const htmlBytesMax = 4 * 1024 * 1024

async function rewritten(response: ApiResponse, prefix: string): Promise<ApiResponse> {
  const type = String(response.headers?.['content-type'] ?? '')
  const location = response.headers?.['location']
  const headers = typeof location === 'string' && location.startsWith('/') ? { ...response.headers, location: prefix + location } : { ...response.headers }
  if (!type.startsWith('text/html') || response.headers?.['content-encoding'] || typeof response.body !== 'object' || !(Symbol.asyncIterator in response.body))
    return { ...response, headers }
  const chunks: Buffer[] = []
  let bytes = 0
  const source = response.body[Symbol.asyncIterator]()
  for (let next = await source.next(); !next.done; next = await source.next()) {
    chunks.push(Buffer.from(next.value as Uint8Array))
    bytes += chunks.at(-1)!.length
    if (bytes > htmlBytesMax) return { ...response, headers, body: replay(chunks, source) }
  }
  return { ...response, headers, body: rewriteLinks(Buffer.concat(chunks).toString(), prefix) }
}

async function* replay(read: readonly Buffer[], source: AsyncIterator<BodyChunk>): AsyncIterable<BodyChunk> {
  yield* read
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
}

const noEndpoints = (name: string) => new ApiError('ServiceUnavailable', `no endpoints available for service ${goQuote(name)}`)

async function isOfPod(deps: ResourceHandlerDeps, namespace: string, address: EndpointAddress): Promise<boolean> {
  const { targetRef } = address
  if (!targetRef?.name || targetRef.namespace !== namespace) return false
  const pod = await readObject<Pod>(deps, 'v1/pods', namespace, targetRef.name).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  return pod !== undefined && isAddressOf(pod, address)
}

export function objectProxyHandlers(proxy: Proxy, rand: Rand): ReadonlyMap<string, SubresourceHandler> {
  type Locate = (request: ApiRequest, deps: ResourceHandlerDeps, path: string) => Promise<Target>

  const handler =
    (id: string, locate: Locate): SubresourceHandler =>
    async (request, { deps }) => {
      const { path, search } = rest(request)
      await admitConnect(request, deps, { id, subresource: 'proxy', path: decoded(path) })
      const target = await locate(request, deps, `${path || '/'}${search}`)
      if (request.wantsUpgrade) return proxy.upgrade(request, target)
      const redirect = slashRedirect(request, path, search)
      if (redirect) return redirect
      const prefix = request.rawPath.slice(0, request.rawPath.length - path.length)
      return rewritten(await proxy.forward(request, target), prefix)
    }

  const pod: Locate = async ({ info }, deps, path) => {
    const name = parseProxyName(info.name, 'pod')
    return podTarget(await readObject<Pod>(deps, 'v1/pods', info.namespace, name.name), name, path)
  }
  const service: Locate = async ({ info }, deps, path) => {
    const { namespace } = info
    const { scheme, name, port: wanted } = parseProxyName(info.name, 'service')
    const isNumber = /^\d+$/.test(wanted)
    const portName = isNumber ? servicePortName(await readObject<Service>(deps, 'v1/services', namespace, name), Number(wanted)) : wanted
    const endpoints = await readObject<Endpoints>(deps, 'v1/endpoints', namespace, name).catch((error: unknown) => {
      // Upstream takes the resource of the request for that of what is missing.
      throw isNotFound(error) ? notFound({ group: '', plural: 'services' }, name) : error
    })
    if (!endpoints.subsets?.length) throw noEndpoints(name)
    for (const { address, port } of endpointsWith(endpoints, portName, rand)) {
      if (await isOfPod(deps, namespace, address)) return { scheme, host: checkedAddress(address.ip), port, path }
    }
    throw noEndpoints(info.name)
  }
  const node: Locate = async ({ info }, deps, path) => {
    const { name } = parseProxyName(info.name, 'node')
    return kubeletTarget(await readObject<Node>(deps, 'v1/nodes', '', name), path)
  }
  return new Map([
    ['pods/proxy', handler('v1/pods', pod)],
    ['services/proxy', handler('v1/services', service)],
    ['nodes/proxy', handler('v1/nodes', node)],
  ])
}
