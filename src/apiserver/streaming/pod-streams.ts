// pods/log, exec, attach and portforward: passed on to the kubelet of the pod's node. Source: pkg/registry/core/pod/strategy.go
// (LogLocation, streamLocation), pkg/registry/core/pod/rest.
import type { Node, Pod, PodAttachOptions, PodExecOptions, PodPortForwardOptions } from '../../api/core/v1.ts'
import { ApiError, badRequest, internalError, isNotFound, notFound, type StatusReason } from '../../apimachinery/api-error.ts'
import type { ResourceHandlerDeps, SubresourceHandler } from '../endpoints/deps.ts'
import type { ApiRequest, ApiResponse } from '../http/api-request.ts'
import { isWebSocketRequest } from '../http/web-socket.ts'
import { admitConnect } from './connect-admission.ts'
import { tellOverV5, wantsV5 } from './v5-refusal.ts'
import { logQuery } from './log-options.ts'
import { webSocketLog } from './log-websocket.ts'
import type { Proxy } from './proxy.ts'
import { authority, kubeletTarget } from './target.ts'

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
  throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${[...init, ...containers, ...ephemeral].join(' ')}]`)
}

async function nodeOf(deps: ResourceHandlerDeps, pod: Pod): Promise<Node> {
  if (!pod.spec.nodeName) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`)
  try {
    return await readObject<Node>(deps, 'v1/nodes', '', pod.spec.nodeName)
  } catch (error) {
    // Upstream takes the resource of the request for that of what is missing.
    throw isNotFound(error) ? notFound({ group: '', plural: 'pods' }, pod.spec.nodeName) : error
  }
}

/** Options of the API -> query parameters of the kubelet. */
const streamParameters = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const
type StreamOptions = PodAttachOptions & Partial<Pick<PodExecOptions, 'command'>>

function streamQuery(options: StreamOptions): string {
  const out = new URLSearchParams()
  for (const [from, to] of Object.entries(streamParameters)) if (options[from as keyof typeof streamParameters]) out.set(to, '1')
  for (const part of options.command ?? []) out.append('command', part)
  out.sort() // as Go writes it: errors show it
  return out.toString()
}

function validateStreams({ stdin, stdout, stderr }: StreamOptions): void {
  if (!stdin && !stdout && !stderr) throw new ApiError('BadRequest', 'you must specify at least 1 of stdin, stdout, stderr')
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
      const node = await nodeOf(deps, pod)
      validateStreams(options)
      const { namespace } = pod.metadata
      const target = kubeletTarget(node, `/${path}/${namespace}/${pod.metadata.name}/${name}?${streamQuery(options)}`)
      return proxy.upgrade(request, target, wantsV5(request) ? (client, head, refusal) => tellOverV5(request, client, head, refusal, options) : undefined)
    }

  const portForward: SubresourceHandler = async (request, { deps }) => {
    const options = await admitConnect<PodPortForwardOptions>(request, deps, { id: 'v1/pods', subresource: 'portforward' })
    const pod = await podOf(request, deps)
    const ports = (options.ports ?? []).map((port) => `port=${port}`)
    const path = `/portForward/${pod.metadata.namespace}/${pod.metadata.name}${ports.length ? `?${ports.join('&')}` : ''}`
    return proxy.upgrade(request, kubeletTarget(await nodeOf(deps, pod), path))
  }

  const log: SubresourceHandler = async (request, { deps }) => {
    const query = logQuery(request.info.name, request.query)
    const pod = await podOf(request, deps)
    const name = chooseContainer(pod, request.query.get('container') ?? '')
    const answer = (log: ApiResponse) => (isWebSocketRequest(request) ? webSocketLog(request, log) : log)
    if (isEmptyAnswer(pod)) return answer({ status: 200, headers: { 'content-type': 'text/plain' }, body: '' })
    const target = kubeletTarget(await nodeOf(deps, pod), `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${name}${query}`)
    const unreachable = (why: string) => new ApiError('', `Get "https://${authority(target)}${target.path}": ${why}`, { code: 500 })
    return answer(await checked(await proxy.forward(request, target, { redirects: 'forbidden', unreachable }), pod.metadata.name))
  }
  return new Map([
    ['pods/exec', container('exec')],
    ['pods/attach', container('attach')],
    ['pods/portforward', portForward],
    ['pods/log', log],
  ])
}

/** What a kubelet's refusal is to the client, where its text is not. Source: k8s.io/apimachinery pkg/api/errors (NewGenericServerResponse). */
const refusals: Readonly<Record<number, readonly [StatusReason, string]>> = {
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted, but may still be processing the request'],
}

/** Of a refusal. */
const refusalBytesMax = 50_000

/** A kubelet's refusal is plain text; clients want a Status. Source: k8s.io/apiserver pkg/registry/generic/rest/response_checker.go. */
async function checked(response: ApiResponse, podName: string): Promise<ApiResponse> {
  if (response.status <= 206 || typeof response.body !== 'object' || !(Symbol.asyncIterator in response.body)) return response
  let text = ''
  for await (const chunk of response.body) {
    text += Buffer.from(chunk as Uint8Array).toString()
    if (text.length >= refusalBytesMax) break
  }
  const { status } = response
  if (status === 400) throw badRequest(text)
  if (status === 500) throw internalError(text)
  if (status === 403) throw new ApiError('Forbidden', `${text} ( pods/log ${podName})`, { details: { name: podName, kind: 'pods/log' } })
  const [reason, message] = refusals[status] ?? (['', `the server responded with the status code ${status} but did not return more information`] as const)
  throw new ApiError(reason, `${message} ( pods/log ${podName})`, { code: status, details: { name: podName, kind: 'pods/log' } })
}
