import type { ResourceType } from '../../api/resources.ts'
import type { ListOptions, ObjectName, WatchOptions, WriteOptions } from '../client.ts'

/** `/api/v1/namespaces/default/pods/web/status`; without a name the collection, without a namespace the one of all namespaces. */
export function resourcePath(resource: ResourceType<unknown>, at: Partial<ObjectName> = {}, subresource?: string): string {
  const root = resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`
  const namespace = resource.namespaced && at.namespace ? `/namespaces/${encodeURIComponent(at.namespace)}` : ''
  const name = at.name === undefined ? '' : `/${encodeURIComponent(at.name)}`
  return `${root}${namespace}/${resource.plural}${name}${subresource ? `/${subresource}` : ''}`
}

type QueryValue = string | number | boolean | undefined

/** `?a=1&b=x`; members that are undefined or '' are left out. */
export function queryString(parameters: Readonly<Record<string, QueryValue>>): string {
  const parts: string[] = []
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') parts.push(`${name}=${encodeURIComponent(value)}`)
  }
  return parts.length ? `?${parts.join('&')}` : ''
}

export function listQuery(options: ListOptions): string {
  const { labelSelector, fieldSelector, limit, continue: token, resourceVersion, resourceVersionMatch } = options
  return queryString({ labelSelector, fieldSelector, limit, continue: token, resourceVersion, resourceVersionMatch })
}

export function watchQuery(options: WatchOptions): string {
  const { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch, allowWatchBookmarks, sendInitialEvents, timeoutSeconds } = options
  return queryString({
    watch: true,
    labelSelector,
    fieldSelector,
    resourceVersion,
    resourceVersionMatch,
    allowWatchBookmarks: allowWatchBookmarks || undefined,
    sendInitialEvents,
    timeoutSeconds,
  })
}

export function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions, more: Readonly<Record<string, QueryValue>> = {}): string {
  return queryString({ dryRun: dryRun ? 'All' : undefined, fieldManager, fieldValidation, ...more })
}
