// The plugin's file has no version: `podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: a=b, <namespace>: a=b,c=d }`.
import { decodeUnversioned } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'

/** Namespace -> the selector labels that its pods may have; `clusterDefaultNodeSelector` -> that of namespaces without annotation. */
export type ClusterNodeSelectors = ReadonlyMap<string, string>

const types = configTypes({ Configuration: { podNodeSelectorPluginConfig: 'map[string]string' } })

/** @throws {ConfigFileError} */
export function clusterNodeSelectors(text: string | undefined): ClusterNodeSelectors {
  if (text === undefined) return new Map()
  const { podNodeSelectorPluginConfig } = decodeUnversioned(text, 'Configuration', types) as { readonly podNodeSelectorPluginConfig?: Record<string, string> }
  return new Map(Object.entries(podNodeSelectorPluginConfig ?? {}))
}
