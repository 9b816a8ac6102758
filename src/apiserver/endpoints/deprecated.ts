import type { RequestInfo } from '../http/api-request.ts'

/** Versions of resources that are on their way out, and what to use instead. */
export const deprecatedResources: ReadonlyMap<string, string> = new Map([
  ['v1/componentstatuses', 'v1 ComponentStatus is deprecated in v1.19+'],
  ['v1/endpoints', 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'],
])

/** `apps/v1/deployments`, `v1/pods`. */
export const resourceId = ({ apiGroup, apiVersion, resource }: RequestInfo): string => `${apiGroup ? `${apiGroup}/` : ''}${apiVersion}/${resource}`
