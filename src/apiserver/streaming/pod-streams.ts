// pods/log, exec, attach and portforward: passed on to the kubelet of the pod's node. Source: pkg/registry/core/pod/strategy.go
// (LogLocation, streamLocation), pkg/registry/core/pod/rest.
import type { Node, Pod, PodAttachOptions, PodExecOptions, PodPortForwardOptions } from '../../api/core/v1.ts'
import { ApiError, badRequest, internalError } from '../../apimachinery/api-error.ts'
import type { ResourceHandlerDeps, SubresourceHandler } from '../endpoints/deps.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { admitConnect } from './connect-admission.ts'
import type { Proxy } from './proxy.ts'
import { kubeletTarget } from './target.ts'

/** @throws {ApiError} 404 */
export async function readObject<T>(deps: ResourceHandlerDeps, id: string, namespace: string, name: string): Promise<T> {
  return (await deps.registry.store(id)!.get(namespace, name)).object() as unknown as T
}

const names = (list: readonly { readonly name: string }[] | undefined) => (list ?? []).map((c) => c.name)

/** The container a request means. @throws {ApiError} 400 in upstream's words */
export function chooseContainer({ metadata, spec }: Pod, wanted: string): string {
  const [containers, init, ephemeral] = [names(spec.containers), names(spec.initContainers), names(spec.ephemeralContainers)]
  if (wanted) {
    if ([...containers, ...init, ...ephemeral].includes(wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${metadata.name}`)
  }
  if (containers.length === 1) return containers[0]!
  const more = init.length ? ` or one of the init containers: [${init.join(' ')}]` : ''
  throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${containers.join(' ')}]${more}`)
}

async function nodeOf(deps: ResourceHandlerDeps, pod: Pod): Promise<Node> {
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  try {
    return await readObject<Node>(deps, 'v1/nodes', '', pod.spec.nodeName)
  } catch (error) {
    throw internalError(error)
  }
}

/** Options of the API -> query parameters of the kubelet. */
const streamParameters = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const
type StreamOptions = PodAttachOptions & Partial<Pick<PodExecOptions, 'command'>>

function streamQuery(options: StreamOptions): string {
  const out = new URLSearchParams()
  for (const [from, to] of Object.entries(streamParameters)) if (options[from as keyof typeof streamParameters]) out.set(to, '1')
  for (const part of options.command ?? []) out.append('command', part)
  return out.toString()
}

function validateStreams({ stdin, stdout, stderr }: StreamOptions): void {
  if (!stdin && !stdout && !stderr) throw new ApiError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr')
}

const logParameters = ['follow', 'previous', 'timestamps', 'sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream'] as const

function logQuery(query: URLSearchParams): string {
  const out = new URLSearchParams()
  for (const name of logParameters) {
    const value = query.get(name)
    if (value !== null && value !== '' && value !== 'false') out.set(name, value)
  }
  const text = out.toString()
  return text ? `?${text}` : ''
}

const isEmptyAnswer = (pod: Pod) => !pod.spec.nodeName

export function podStreamHandlers(proxy: Proxy): ReadonlyMap<string, SubresourceHandler> {
  const podOf = ({ info }: ApiRequest, deps: ResourceHandlerDeps) => readObject<Pod>(deps, 'v1/pods', info.namespace, info.name)

  const container =
    (path: 'exec' | 'attach'): SubresourceHandler =>
    async (request, { deps }) => {
      const options = await admitConnect<StreamOptions>(request, deps, { id: 'v1/pods', subresource: path })
      const pod = await podOf(request, deps)
      const name = chooseContainer(pod, options.container ?? '')
      validateStreams(options)
      const { namespace } = pod.metadata
      return proxy.upgrade(request, kubeletTarget(await nodeOf(deps, pod), `/${path}/${namespace}/${pod.metadata.name}/${name}?${streamQuery(options)}`))
    }

  const portForward: SubresourceHandler = async (request, { deps }) => {
    const options = await admitConnect<PodPortForwardOptions>(request, deps, { id: 'v1/pods', subresource: 'portforward' })
    const pod = await podOf(request, deps)
    const ports = (options.ports ?? []).map((port) => `port=${port}`)
    const path = `/portForward/${pod.metadata.namespace}/${pod.metadata.name}${ports.length ? `?${ports.join('&')}` : ''}`
    return proxy.upgrade(request, kubeletTarget(await nodeOf(deps, pod), path))
  }

  const log: SubresourceHandler = async (request, { deps }) => {
    const pod = await podOf(request, deps)
    const name = chooseContainer(pod, request.query.get('container') ?? '')
    if (isEmptyAnswer(pod)) return { status: 200, headers: { 'content-type': 'text/plain' }, body: '' }
    const target = kubeletTarget(await nodeOf(deps, pod), `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${name}${logQuery(request.query)}`)
    return asStatus(await proxy.forward(request, target, { redirects: 'forbidden' }))
  }
  return new Map([
    ['pods/exec', container('exec')],
    ['pods/attach', container('attach')],
    ['pods/portforward', portForward],
    ['pods/log', log],
  ])
}

/** A kubelet's refusal is plain text; clients want a Status. */
async function asStatus(response: ApiResponse): Promise<ApiResponse> {
  if (response.status < 400 || typeof response.body !== 'object' || !(Symbol.asyncIterator in response.body)) return response
  let text = ''
  for await (const chunk of response.body) text += Buffer.from(chunk as Uint8Array).toString()
  const reason = response.status === 400 ? 'BadRequest' : response.status === 404 ? 'NotFound' : response.status === 403 ? 'Forbidden' : 'InternalError'
  throw new ApiError(reason, text.trimEnd(), { code: response.status })
}
