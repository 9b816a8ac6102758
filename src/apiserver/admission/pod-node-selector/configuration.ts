// The plugin's file has no version: `podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: a=b, <namespace>: a=b,c=d }`.
import { configField, configType, decodeUnversioned } from '../configuration.ts'

/** Namespace -> the selector labels that its pods may have; `clusterDefaultNodeSelector` -> that of namespaces without annotation. */
export type ClusterNodeSelectors = ReadonlyMap<string, string>

const types = new Map([['Configuration', configType([configField('podNodeSelectorPluginConfig', 'string', 'map')])]])

/** @throws {ConfigurationError} */
export function clusterNodeSelectors(text: string | undefined): ClusterNodeSelectors {
  if (text === undefined) return new Map()
  const { podNodeSelectorPluginConfig } = decodeUnversioned(text, 'Configuration', types) as { readonly podNodeSelectorPluginConfig?: Record<string, string> }
  return new Map(Object.entries(podNodeSelectorPluginConfig ?? {}))
}
