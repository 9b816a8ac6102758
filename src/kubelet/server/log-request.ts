import type { Pod, PodStatus } from '../../api/core/v1.ts'
import type { LogOptions } from './container-logs.ts'

/** A request that cannot be served, with its HTTP status. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** @throws {RequestError} 400, 422 */
export function parseLogOptions(query: URLSearchParams, nowMs: number): LogOptions {
  const number = (name: string) => {
    const text = query.get(name)
    if (text === null) return undefined
    const value = Number(text)
    if (!Number.isInteger(value) || text === '') throw new RequestError(400, `{"message": "Unable to decode query."}`)
    return value
  }
  const flag = (name: string) => query.get(name) === 'true' || query.get(name) === '1'
  const tailLines = query.get('tailLines') === 'all' ? undefined : number('tailLines')
  const limitBytes = number('limitBytes')
  const sinceSeconds = number('sinceSeconds')
  const sinceTime = query.get('sinceTime')
  if ((tailLines ?? 0) < 0 || (limitBytes ?? 1) < 1 || (sinceSeconds ?? 1) < 1 || (sinceSeconds !== undefined && sinceTime))
    throw new RequestError(422, '{"message": "Invalid request."}')
  const sinceMs = sinceSeconds !== undefined ? nowMs - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined
  const stream = query.get('stream')
  return {
    follow: flag('follow'),
    timestamps: flag('timestamps'),
    previous: flag('previous'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(stream === 'Stdout' ? { stream: 'stdout' as const } : stream === 'Stderr' ? { stream: 'stderr' as const } : {}),
  }
}

/**
 * The id of the container whose log is asked for.
 * @throws {RequestError} 400 with upstream's sentence when there is none yet
 * @see Kubernetes 1.36 pkg/kubelet/kubelet_pods.go (validateContainerLogStatus)
 */
export function containerForLogs({ metadata: { name } }: Pod, status: PodStatus | undefined, container: string, previous: boolean): string {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])]
  const found = all.find((s) => s.name === container)
  const refuse = (message: string) => new RequestError(400, message)
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)}`
  if (!found) throw refuse(`${where} is not available`)
  const last = found.lastState?.terminated
  const { running, terminated, waiting } = found.state ?? {}
  if (previous) {
    if (!last?.containerID) throw refuse(`previous terminated ${where} not found`)
    return bare(last.containerID)
  }
  if (running) return bare(found.containerID ?? '')
  const ended = terminated?.containerID || last?.containerID
  if (terminated || last) {
    if (!ended) throw refuse(`${where} is terminated`)
    return bare(ended)
  }
  switch (waiting?.reason) {
    case undefined:
      throw refuse(`${where} is waiting to start - no logs yet`)
    case 'ErrImagePull':
      throw refuse(`${where} is waiting to start: image can't be pulled`)
    case 'ImagePullBackOff':
      throw refuse(`${where} is waiting to start: trying and failing to pull image`)
    default:
      throw refuse(`${where} is waiting to start: ${waiting!.reason}`)
  }
}

const bare = (containerID: string) => containerID.slice(containerID.indexOf('://') + 3)
