import type { ResourceFacts } from '../../../api/resource-facts.ts'
import type { WrittenResource } from './before-write.ts'

/** A resource as it is stored: its storage version. */
export interface StoredResource extends WrittenResource, Pick<ResourceFacts, 'group' | 'version' | 'kind' | 'plural' | 'namespaced' | 'type'> {}

/** apiVersion of a group and version. */
export const apiVersionOf = ({ group, version }: { readonly group: string; readonly version: string }) => (group ? `${group}/${version}` : version)
